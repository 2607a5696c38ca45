using System.Runtime.InteropServices;

namespace Slipway.Engine.Tokenizers.Training;

/// <summary>
/// Cuts texts as the tokenizer will, and counts how often each piece occurs. Special tokens are cut out: nothing is
/// learned from them or across them.
/// </summary>
internal sealed class PieceCounter
{
    /// <summary>The pieces' bytes, together; a gigabyte of natural text has about a tenth of that.</summary>
    private const long MostBytes = 256L << 20;

    private readonly Dictionary<string, long> _counts = [];
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly AddedTokenMatcher _specialTokens;
    private readonly PreTokenizer _preTokenizer;
    private readonly bool _normalizes;
    private long _bytes;

    public PieceCounter(BytePairTrainingOptions options)
    {
        _lookup = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
        _specialTokens = new AddedTokenMatcher(
            options.SpecialTokens.Select((token, id) => new AddedToken(id, token.Text, IsSpecial: false, AddedTokenRules.None)));
        _preTokenizer = options.PreTokenizer;
        _normalizes = options.NormalizesToNfc;
    }

    /// <summary>The distinct pieces and how often they occur.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <exception cref="InvalidOperationException">The distinct pieces would take too much memory.</exception>
    public void Add(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (_specialTokens.TryFind(text, at, parseSpecial: true, out var match))
        {
            AddBetween(text[at..match.Start]);
            at = match.End;
        }

        AddBetween(text[at..]);
    }

    private void AddBetween(ReadOnlySpan<char> text)
    {
        if (_normalizes && !Nfc.IsSurelyNormal(text))
        {
            text = Nfc.Normalize(text);
        }

        while (!text.IsEmpty)
        {
            var end = PieceScanner.EndOfPiece(_preTokenizer, text, 0);
            Count(text[..end]);
            text = text[end..];
        }
    }

    private void Count(ReadOnlySpan<char> piece)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_lookup, piece, out var exists);
        count++;
        _bytes += exists ? 0 : System.Text.Encoding.UTF8.GetByteCount(piece);
        if (_bytes > MostBytes)
        {
            throw new InvalidOperationException(
                $"The texts have more than {MostBytes} bytes of distinct pieces; a tokenizer can be trained on a part of them.");
        }
    }
}
