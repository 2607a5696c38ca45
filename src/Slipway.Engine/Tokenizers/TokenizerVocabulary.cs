using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// What a <see cref="Tokenizer"/> is made of. Tokens first, then merges in order of rank, then
/// <see cref="Tokenizer.FromVocabulary"/>, after which it can no longer be changed.
/// </summary>
public sealed class TokenizerVocabulary
{
    private readonly List<(int Id, AddedTokenRules Rules)> _rules = [];
    private bool _sealed;

    /// <param name="capacity">How many tokens and merges are expected; more may come.</param>
    public TokenizerVocabulary(int capacity = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        capacity = Math.Min(capacity, TokenTable.MaximumSize);
        (Tokens, Merges) = (new TokenTable(capacity), new MergeTable(capacity));
    }

    /// <summary>How text is cut before merging.</summary>
    public required PreTokenizer PreTokenizer { get; set; }

    /// <summary>Whether text is brought to Unicode normalisation form C first.</summary>
    public bool NormalizesToNfc { get; set; }

    /// <summary>Whether a piece that is itself a token is taken whole, without merging (Llama 3).</summary>
    public bool IgnoresMerges { get; set; }

    /// <summary>The token that opens a text, where the model has one.</summary>
    public int? BeginToken { get; set; }

    /// <summary>Whether the model expects <see cref="BeginToken"/> before every text.</summary>
    public bool AddsBeginToken { get; set; }

    /// <summary>The token that fills up a batch, where the model has one.</summary>
    public int? PadToken { get; set; }

    /// <summary>Stands in for bytes without a token of their own; where there is none, they are left out.</summary>
    public int? UnknownToken { get; set; }

    /// <summary>The tokens after which the model has nothing more to say.</summary>
    public ISet<int> EndTokens { get; } = new HashSet<int>();

    /// <summary>The one of <see cref="EndTokens"/> that the file names first, where it names one.</summary>
    public int? EndToken { get; set; }

    /// <summary>The highest token id plus one.</summary>
    public int Size => Tokens.Size;

    internal TokenTable Tokens { get; }

    internal MergeTable Merges { get; }

    internal IReadOnlyList<(int Id, AddedTokenRules Rules)> Rules => _rules;

    /// <summary>Adds a token.</summary>
    /// <param name="id">0 to 2,097,151, each id once. Ids left out are <see cref="TokenKind.Unused"/>.</param>
    /// <param name="bytes">The bytes the token stands for (UTF-8 or part of it), not their byte-level spelling.</param>
    /// <param name="kind">What the token is for.</param>
    /// <param name="rules">How it is matched, for control, unknown and user-defined tokens.</param>
    /// <exception cref="ModelFormatException">The id is out of range or taken, or another token has the same bytes.</exception>
    public void AddToken(int id, ReadOnlySpan<byte> bytes, TokenKind kind, AddedTokenRules rules = AddedTokenRules.None)
    {
        ThrowIfSealed();
        // Nothing is ever looked up as empty text, as an unused token or as a spelled-out byte.
        var indexed = !bytes.IsEmpty && kind is not (TokenKind.Unused or TokenKind.Byte);
        Tokens.Add(id, bytes, kind, indexed);
        SetRules(id, rules);
    }

    /// <summary>Adds a merge, ranked after those added before. A pair that already merges keeps its first rank.</summary>
    /// <exception cref="ModelFormatException">An id is not that of a token.</exception>
    public void AddMerge(int left, int right, int result)
    {
        ThrowIfSealed();
        foreach (var id in (ReadOnlySpan<int>)[left, right, result])
        {
            if (!Tokens.IsDefined(id))
            {
                throw new ModelFormatException($"A merge names token {id}, which the vocabulary of {Size} tokens does not have.");
            }
        }

        Merges.Add(left, right, result);
    }

    /// <summary>The token that stands for exactly these bytes; an added token goes before a normal one.</summary>
    internal int? Find(ReadOnlySpan<byte> bytes) => Tokens.Find(bytes, normal: false) ?? Tokens.Find(bytes, normal: true);

    /// <summary>Adds a normal token that can be decoded but that no text encodes to.</summary>
    internal void AddUnreachableToken(int id, ReadOnlySpan<byte> bytes)
    {
        ThrowIfSealed();
        Tokens.Add(id, bytes, TokenKind.Normal, indexed: false);
    }

    /// <summary>Turns a token that is already there into an added one.</summary>
    internal void PromoteToken(int id, ReadOnlySpan<byte> bytes, TokenKind kind, AddedTokenRules rules)
    {
        ThrowIfSealed();
        Tokens.Replace(id, bytes, kind);
        SetRules(id, rules);
    }

    /// <summary>Checks what can only be checked at the end, and lets nobody change it any more.</summary>
    internal void Seal()
    {
        if (Size == 0)
        {
            throw new ModelFormatException("The vocabulary has no tokens; at least one is needed.");
        }

        Check("begin", BeginToken);
        Check("padding", PadToken);
        Check("unknown", UnknownToken);
        foreach (var id in EndTokens)
        {
            Check("end", id);
        }

        _sealed = true;
    }

    private void Check(string name, int? id)
    {
        if (id is int value && (uint)value >= (uint)Size)
        {
            throw new ModelFormatException($"The {name} token {value} is out of range; the vocabulary has {Size} tokens.");
        }
    }

    private void SetRules(int id, AddedTokenRules rules)
    {
        if (rules != AddedTokenRules.None)
        {
            _rules.Add((id, rules));
        }
    }

    private void ThrowIfSealed()
    {
        if (_sealed)
        {
            throw new InvalidOperationException("A tokenizer was made of this vocabulary; it can no longer be changed.");
        }
    }
}
