using System.Runtime.InteropServices;

namespace Slipway.Engine.Cache;

/// <summary>
/// Who uses which block of a <see cref="KvPool"/>. A full block is known by its content, its 32 tokens and the block
/// before it, so that any later sequence with the same beginning takes it over. Blocks that nobody uses keep their
/// content, up to a number of them; the one unused for longest goes first. Not safe for several threads.
/// </summary>
internal sealed class BlockCache
{
    private const int BlockTokens = KvPool.BlockTokens;
    private readonly int[] _references;
    private readonly long[] _ids;
    private readonly long[] _parents;
    private readonly int[] _tokens;
    private readonly int _retained;
    private readonly LinkedListNode<int>[] _nodes;
    private readonly LinkedList<int> _idle = new(); // Unused with known content, the longest unused first.
    private readonly Stack<int> _blank = new(); // The last freed on top: its memory is already committed.
    private readonly HashSet<int> _known;
    private readonly int _probe;
    private long _lastId;

    /// <param name="blocks">Blocks of the pool.</param>
    /// <param name="retained">Unused blocks that keep their content at most.</param>
    public BlockCache(int blocks, int retained = int.MaxValue)
    {
        Blocks = blocks;
        _retained = retained;
        _probe = blocks; // One slot more, to look contents up with.
        _references = new int[blocks];
        _ids = new long[blocks + 1];
        _parents = new long[blocks + 1];
        _tokens = new int[(blocks + 1) * BlockTokens];
        _nodes = new LinkedListNode<int>[blocks];
        _known = new HashSet<int>(new ContentComparer(this));
        for (var i = blocks - 1; i >= 0; i--)
        {
            _nodes[i] = new LinkedListNode<int>(i);
            _blank.Push(i);
        }
    }

    public int Blocks { get; }

    /// <summary>Blocks that an allocation may take, those with reusable content included.</summary>
    public int Available => _blank.Count + _idle.Count;

    /// <summary>Takes a block for one user, forgetting what it held. False when every block is in use.</summary>
    public bool TryAllocate(out int block)
    {
        if (_blank.Count == 0)
        {
            ForgetOldest();
        }
        if (!_blank.TryPop(out block))
        {
            return false;
        }
        _references[block] = 1;
        return true;
    }

    /// <summary>One user fewer.</summary>
    public void Release(int block)
    {
        if (--_references[block] > 0)
        {
            return;
        }
        if (_ids[block] == 0)
        {
            _blank.Push(block);
            return;
        }
        _idle.AddLast(_nodes[block]);
        if (_idle.Count > _retained)
        {
            ForgetOldest();
        }
    }

    /// <summary>Makes a full block findable and returns the id of its content, the parent of the next block's.</summary>
    /// <remarks>Where another block already holds the same, that one stays the known one and its id is returned.</remarks>
    public long Publish(int block, long parent, ReadOnlySpan<int> tokens)
    {
        Describe(_probe, parent, tokens);
        if (_known.TryGetValue(_probe, out var same))
        {
            return _ids[same];
        }
        Describe(block, parent, tokens);
        _ids[block] = ++_lastId;
        _known.Add(block);
        return _ids[block];
    }

    /// <summary>Takes over the block that holds these 32 tokens after <paramref name="parent"/> (0 for a beginning).</summary>
    public bool TryShare(long parent, ReadOnlySpan<int> tokens, out int block, out long id)
    {
        Describe(_probe, parent, tokens);
        if (!_known.TryGetValue(_probe, out block))
        {
            id = 0;
            return false;
        }
        id = _ids[block];
        if (_references[block]++ == 0)
        {
            _idle.Remove(_nodes[block]);
        }
        return true;
    }

    /// <summary>Forgets all contents. Sequences keep the blocks that they use; no later one takes those over.</summary>
    public void ForgetAll()
    {
        _known.Clear();
        while (_idle.First is { } node)
        {
            _idle.RemoveFirst();
            _blank.Push(node.Value);
        }
        Array.Clear(_ids);
    }

    private void Describe(int slot, long parent, ReadOnlySpan<int> tokens)
    {
        _parents[slot] = parent;
        tokens.CopyTo(Tokens(slot));
    }

    private void ForgetOldest()
    {
        if (_idle.First is { } node)
        {
            _idle.Remove(node);
            _known.Remove(node.Value);
            _ids[node.Value] = 0;
            _blank.Push(node.Value);
        }
    }

    private Span<int> Tokens(int slot) => _tokens.AsSpan(slot * BlockTokens, BlockTokens);

    private sealed class ContentComparer(BlockCache cache) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) =>
            cache._parents[x] == cache._parents[y] && cache.Tokens(x).SequenceEqual(cache.Tokens(y));

        public int GetHashCode(int slot)
        {
            var hash = new HashCode();
            hash.Add(cache._parents[slot]);
            hash.AddBytes(MemoryMarshal.AsBytes(cache.Tokens(slot)));
            return hash.ToHashCode();
        }
    }
}
