using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Constraints.Masks;

/// <summary>
/// The bytes of all tokens that text may be made of, as a tree laid out in the order of a walk: the children of a node
/// follow it, and <see cref="End"/> skips them. Control tokens and ends of text are not in it.
/// </summary>
internal sealed class TokenTrie
{
    private readonly Tokenizer _tokenizer;
    private readonly List<byte> _bytes = [];
    private readonly List<int> _ends = [];
    private readonly List<ushort> _depths = [];
    private readonly List<int> _tokenStarts = [];
    private readonly List<int> _tokens = [];

    public TokenTrie(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        var ids = Enumerable.Range(0, tokenizer.VocabularySize).Where(IsText).ToArray();
        Array.Sort(ids, (x, y) => tokenizer.GetBytes(x).SequenceCompareTo(tokenizer.GetBytes(y)));
        Build(ids);
        _tokenStarts.Add(_tokens.Count);
        (Byte, End, Depth) = ([.. _bytes], [.. _ends], [.. _depths]);
        (TokenStart, Tokens) = ([.. _tokenStarts], [.. _tokens]);
        MaxDepth = Depth.Max();
        IsAdded = new bool[tokenizer.VocabularySize];
        foreach (var id in ids)
        {
            IsAdded[id] = tokenizer.GetKind(id) == TokenKind.UserDefined;
        }
    }

    /// <summary>Nodes, the root among them.</summary>
    public int Count => Byte.Length;

    /// <summary>The byte that leads to a node; node 0 is the root.</summary>
    public byte[] Byte { get; }

    /// <summary>The first node after a node's descendants.</summary>
    public int[] End { get; }

    /// <summary>Bytes from the root.</summary>
    public ushort[] Depth { get; }

    /// <summary>Where the tokens of a node begin in <see cref="Tokens"/>; those of the next node follow.</summary>
    public int[] TokenStart { get; }

    public int[] Tokens { get; }

    public int MaxDepth { get; }

    /// <summary>By token, whether it is one that was added to the vocabulary as a whole.</summary>
    public bool[] IsAdded { get; }

    public ReadOnlySpan<int> TokensAt(int node) => Tokens.AsSpan(TokenStart[node]..TokenStart[node + 1]);

    private bool IsText(int id) =>
        _tokenizer.GetKind(id) is TokenKind.Normal or TokenKind.UserDefined or TokenKind.Byte
        && !_tokenizer.EndTokens.Contains(id)
        && _tokenizer.GetBytes(id).Length is > 0 and <= ushort.MaxValue;

    /// <summary>Sorted by bytes, every token continues the one before it from the bytes they share.</summary>
    private void Build(int[] sorted)
    {
        var path = new Stack<int>();
        path.Push(AddNode(0, 0));
        ReadOnlySpan<byte> previous = [];
        foreach (var id in sorted)
        {
            var bytes = _tokenizer.GetBytes(id);
            var shared = bytes.CommonPrefixLength(previous);
            Leave(path, shared + 1);
            for (var i = shared; i < bytes.Length; i++)
            {
                path.Push(AddNode(bytes[i], (ushort)(i + 1)));
            }
            _tokens.Add(id);
            previous = bytes;
        }
        Leave(path, 0);
    }

    private int AddNode(byte value, ushort depth)
    {
        _bytes.Add(value);
        _ends.Add(0);
        _depths.Add(depth);
        _tokenStarts.Add(_tokens.Count);
        return _bytes.Count - 1;
    }

    private void Leave(Stack<int> path, int length)
    {
        while (path.Count > length)
        {
            _ends[path.Pop()] = _bytes.Count;
        }
    }
}
