using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Tokenizers;

/// <summary>Tokenizers out of files.</summary>
public sealed partial class Tokenizer
{
    /// <summary>Twenty times the largest in use; a longer file is not read into memory.</summary>
    private const int LongestFile = 512 << 20;

    /// <summary>
    /// Reads a <c>tokenizer.json</c>, and the <c>tokenizer_config.json</c> beside it where there is one: only that says
    /// which token ends a text.
    /// </summary>
    /// <exception cref="ModelFormatException">A file is broken or asks for what is not supported.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Tokenizer FromTokenizerJson(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "tokenizer_config.json");
        return FromTokenizerJson(ReadFile(path), File.Exists(config) ? ReadFile(config) : default);
    }

    /// <summary>As <see cref="FromTokenizerJson(string)"/>, with tokens that other files say end a text, too.</summary>
    /// <exception cref="ModelFormatException">Also: an id is not of the vocabulary.</exception>
    internal static Tokenizer FromTokenizerJson(string path, IEnumerable<int> endTokens)
    {
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "tokenizer_config.json");
        var vocabulary = TokenizerJson.Read(ReadFile(path), File.Exists(config) ? ReadFile(config) : default(ReadOnlySpan<byte>));
        foreach (var id in endTokens)
        {
            vocabulary.EndTokens.Add(id);
            vocabulary.EndToken ??= id;
        }
        return new Tokenizer(vocabulary);
    }

    /// <summary>Reads the content of a <c>tokenizer.json</c> and, where given, of its <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="ModelFormatException">A text is broken or asks for what is not supported.</exception>
    public static Tokenizer FromTokenizerJson(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> config = default) =>
        new(TokenizerJson.Read(json.Span, config.Span));

    /// <summary>Reads the tokenizer that a GGUF file carries; nothing of the file is held on to.</summary>
    /// <exception cref="ModelFormatException">The metadata is broken or asks for what is not supported.</exception>
    public static Tokenizer FromGguf(GgufMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return new(TokenizerGguf.Read(metadata));
    }

    private static byte[] ReadFile(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= LongestFile
            ? File.ReadAllBytes(path)
            : throw new ModelFormatException($"{path} has {length} bytes; a tokenizer file may have {LongestFile}.");
    }
}
