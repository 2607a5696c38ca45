using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Unicode;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>A byte-level BPE tokenizer: text to token ids and back. Immutable; any number of threads may use it.</summary>
public sealed partial class Tokenizer
{
    /// <summary>Long enough for every real one; matching takes time in proportion to the longest.</summary>
    private const int LongestAddedToken = 256;

    /// <summary>Names that end a turn or a text in the model families read here, whatever the file's end token is.</summary>
    private static readonly string[] EndTokenNames =
        ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"];

    private readonly TokenTable _tokens;
    private readonly MergeTable _merges;
    private readonly FrozenDictionary<int, AddedTokenRules> _rules;
    private readonly PreTokenizer _preTokenizer;
    private readonly bool _normalizes;
    private readonly bool _ignoresMerges;
    private readonly BytePairEncoder _encoder;
    private readonly AddedTokenMatcher _addedTokens;
    private readonly AddedTokenMatcher? _normalizedAddedTokens;

    private Tokenizer(TokenizerVocabulary vocabulary)
    {
        vocabulary.Seal();
        (_tokens, _merges) = (vocabulary.Tokens, vocabulary.Merges);
        _rules = vocabulary.Rules.ToFrozenDictionary(rule => rule.Id, rule => rule.Rules);
        _preTokenizer = vocabulary.PreTokenizer;
        _normalizes = vocabulary.NormalizesToNfc;
        _ignoresMerges = vocabulary.IgnoresMerges;
        BeginToken = vocabulary.BeginToken;
        AddsBeginToken = vocabulary.AddsBeginToken && BeginToken is not null;
        PadToken = vocabulary.PadToken;
        UnknownToken = vocabulary.UnknownToken;

        var added = AddedTokens().ToLookup(token => token.Rules.HasFlag(AddedTokenRules.Normalized));
        _addedTokens = new AddedTokenMatcher(added[false]);
        _normalizedAddedTokens = added[true].Any() ? new AddedTokenMatcher(added[true]) : null;
        _encoder = new BytePairEncoder(_tokens, _merges, UnknownToken);
        EndToken = vocabulary.EndToken;
        EndTokens = vocabulary.EndTokens.Concat(NamedEndTokens()).ToFrozenSet();
    }

    /// <summary>The highest token id plus one; ids run from 0.</summary>
    public int VocabularySize => _tokens.Size;

    /// <summary>The token that opens a text, where the model has one.</summary>
    public int? BeginToken { get; }

    /// <summary>
    /// Whether the model expects <see cref="BeginToken"/> before a text. <see cref="Encode(string, bool)"/> never adds it:
    /// chat templates write it themselves.
    /// </summary>
    public bool AddsBeginToken { get; }

    /// <summary>The tokens after which a generation is over; may be empty.</summary>
    public IReadOnlySet<int> EndTokens { get; }

    /// <summary>The one that the file names first, where it names one: what templates write as <c>eos_token</c>.</summary>
    public int? EndToken { get; }

    /// <summary>The token that fills up a batch, where the model has one.</summary>
    public int? PadToken { get; }

    /// <summary>Makes a tokenizer; the vocabulary can no longer be changed afterwards.</summary>
    /// <exception cref="ModelFormatException">The vocabulary has no tokens, or begin, end or padding are not among them.</exception>
    public static Tokenizer FromVocabulary(TokenizerVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        return new Tokenizer(vocabulary);
    }

    /// <summary>The token that stands for exactly this text; an added token goes before a normal one.</summary>
    public int? FindToken(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = Encoding.UTF8.GetBytes(text);
        return _tokens.Find(bytes, normal: false) ?? _tokens.Find(bytes, normal: true);
    }

    /// <summary>What a token is for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not below <see cref="VocabularySize"/>.</exception>
    public TokenKind GetKind(int id)
    {
        ThrowIfOutOfRange(id);
        return _tokens.GetKind(id);
    }

    /// <summary>The bytes a token stands for: UTF-8 or a part of it; empty for an id that the vocabulary leaves out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not below <see cref="VocabularySize"/>.</exception>
    public ReadOnlySpan<byte> GetBytes(int id)
    {
        ThrowIfOutOfRange(id);
        return _tokens.GetBytes(id);
    }

    /// <summary>The text of a run of tokens; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Leaves out control, unknown and unused tokens; user-defined ones stay.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not below <see cref="VocabularySize"/>.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 4));
        foreach (var id in ids)
        {
            bytes.Write(GetOutputBytes(id, skipSpecial));
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Whether each token that both know is the same text; one of them may know some more, which pad its vocabulary.</summary>
    internal bool HasTokensOf(Tokenizer other)
    {
        var common = Math.Min(VocabularySize, other.VocabularySize);
        for (var id = 0; id < common; id++)
        {
            if (!GetBytes(id).SequenceEqual(other.GetBytes(id)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a token of this text ends a turn or a text in the model families read here.</summary>
    internal static bool EndsTextByName(ReadOnlySpan<byte> text)
    {
        foreach (var name in EndTokenNames)
        {
            if (Ascii.Equals(text, name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a token adds to the decoded text.</summary>
    internal ReadOnlySpan<byte> GetOutputBytes(int id, bool skipSpecial) =>
        skipSpecial && GetKind(id) is TokenKind.Control or TokenKind.Unknown or TokenKind.Unused ? [] : GetBytes(id);

    private void ThrowIfOutOfRange(int id)
    {
        if ((uint)id >= (uint)_tokens.Size)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"Token ids of this vocabulary are 0 to {_tokens.Size - 1}.");
        }
    }

    private IEnumerable<AddedToken> AddedTokens()
    {
        for (var id = 0; id < _tokens.Size; id++)
        {
            var kind = _tokens.GetKind(id);
            var isAdded = kind is TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown;
            if (isAdded && !_tokens.GetBytes(id).IsEmpty && Utf8.IsValid(_tokens.GetBytes(id)))
            {
                yield return AddedTokenOf(id, kind, GetRules(id));
            }
        }
    }

    private AddedToken AddedTokenOf(int id, TokenKind kind, AddedTokenRules rules)
    {
        var bytes = _tokens.GetBytes(id);
        if (bytes.Length > LongestAddedToken)
        {
            throw new ModelFormatException(
                $"Token {id}, {TokenTable.Show(bytes)}, has {bytes.Length} bytes; an added token may have {LongestAddedToken}.");
        }

        var text = Encoding.UTF8.GetString(bytes);
        var isNormalized = _normalizes && rules.HasFlag(AddedTokenRules.Normalized);
        return new AddedToken(id, isNormalized ? Nfc.Normalize(text) : text, kind != TokenKind.UserDefined, rules);
    }

    private IEnumerable<int> NamedEndTokens() => EndTokenNames
        .Select(name => _tokens.Find(Encoding.UTF8.GetBytes(name), normal: false))
        .OfType<int>()
        .Where(id => _tokens.GetKind(id) == TokenKind.Control);
}
