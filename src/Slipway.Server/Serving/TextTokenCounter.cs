using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Engine.Formats;
using Slipway.Engine.Import;
using Slipway.Engine.Tokenizers;

namespace Slipway.Server.Serving;

/// <summary>A model's file or folder, as far as its tokens are meant.</summary>
/// <param name="Path">Absolute.</param>
internal sealed record TokenizerSource(string Path)
{
    public string Name => ModelSource.NameOf(Path);

    /// <summary>64 characters that another file, or this one changed, does not have.</summary>
    public string Key
    {
        get
        {
            var file = new FileInfo(ModelFacts.TokenizerFileOf(Path));
            var state = string.Create(
                CultureInfo.InvariantCulture, $"{Path}\n{(file.Exists ? file.Length : 0)}\n{(file.Exists ? file.LastWriteTimeUtc.Ticks : 0)}");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state)));
        }
    }
}

/// <summary>Counts the tokens of plain texts, as one model has them. For one thread at a time.</summary>
internal sealed class TextTokenCounter
{
    // A text without any end would otherwise be one piece of work that nothing can interrupt.
    private const int LongestPiece = 1 << 16;

    private readonly Tokenizer _tokenizer;
    private readonly List<int> _tokens = [];

    private TextTokenCounter(Tokenizer tokenizer) => _tokenizer = tokenizer;

    /// <summary>Reads a model's vocabulary; null, with the reason, where that cannot be.</summary>
    public static (TextTokenCounter? Counter, string Fault) Open(TokenizerSource source)
    {
        try
        {
            return (new TextTokenCounter(ModelFacts.ReadTokenizer(source.Path)), "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ModelFormatException)
        {
            return (null, $"The tokenizer of '{source.Name}' cannot be read; the file is broken or gone.");
        }
    }

    /// <summary>Control texts count as what they are spelled with.</summary>
    public long Count(string text)
    {
        var count = 0L;
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(LongestPiece, text.Length - at);
            if (at + length < text.Length && char.IsHighSurrogate(text[at + length - 1]))
            {
                length--;
            }
            _tokens.Clear();
            _tokenizer.Encode(text.AsSpan(at, length), _tokens, parseSpecial: false);
            count += _tokens.Count;
            at += length;
        }
        return count;
    }
}

/// <summary>Finds the model whose tokens are to be counted.</summary>
internal sealed class TokenizerLocator(ModelHost host, ModelLocator locator)
{
    /// <summary>The named model's, or that of the loaded or configured one; null without a reason where there is none.</summary>
    /// <param name="name">A name in the models folder. No path may lead out of it: whoever may count may not look around.</param>
    public (TokenizerSource? Source, string? Fault) Find(string? name)
    {
        if (name is null)
        {
            return (Usual() is { } path ? new TokenizerSource(path) : null, null);
        }
        if (Path.IsPathRooted(name) || name.Contains('\\', StringComparison.Ordinal) || name.Split('/').Contains(".."))
        {
            return (null, $"'{name}' is a path; accepted is the name of a model in the server's models folder.");
        }
        var (source, refusal) = locator.Find(name, quantization: null);
        return source is null ? (null, refusal.English) : (new TokenizerSource(source.Path), null);
    }

    private string? Usual() =>
        host.Current?.Origin.Path ?? (locator.Configured is { } configured ? locator.Find(configured, quantization: null).Source?.Path : null);
}
