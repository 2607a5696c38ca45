using System.Collections.Concurrent;
using Slipway.Engine.Constraints.Automata;

namespace Slipway.Engine.Constraints.Masks;

/// <summary>The masks of automata over one vocabulary, made when first asked for. Any number of threads may ask.</summary>
/// <param name="trie">The vocabulary.</param>
/// <param name="vocabulary">Bits of a mask: the rows of logits.</param>
/// <param name="shared">Where the masks of automata that every grammar uses are kept; null when this is that place.</param>
internal sealed class MaskTable(TokenTrie trie, int vocabulary, MaskTable? shared)
{
    /// <summary>A grammar of many wide automata starts its masks afresh beyond this; the walks repeat, nothing else changes.</summary>
    private const long MaxBytes = 64 << 20;

    private readonly ConcurrentDictionary<(ByteDfa Dfa, int State), StateMask> _masks = new();
    private long _bytes;
    private long _visited;

    public TokenTrie Trie => trie;

    /// <summary>Words of a mask.</summary>
    public int Words => (vocabulary + 63) / 64;

    /// <summary>Nodes of the tree visited so far to make masks: the work that is done once.</summary>
    public long Visited => Volatile.Read(ref _visited);

    /// <summary>Memory that the masks take at most, in bytes; those of the shared table are not counted.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public StateMask Get(ByteDfa dfa, int state)
    {
        if (dfa.IsShared && shared is not null)
        {
            return shared.Get(dfa, state);
        }
        return _masks.TryGetValue((dfa, state), out var mask) ? mask : Make(dfa, state);
    }

    private StateMask Make(ByteDfa dfa, int state)
    {
        var visited = 0L;
        var mask = StateMask.Build(trie, vocabulary, dfa, state, ref visited);
        Interlocked.Add(ref _visited, visited);
        if (Interlocked.Add(ref _bytes, mask.ByteSize) > MaxBytes)
        {
            _masks.Clear();
            Interlocked.Exchange(ref _bytes, mask.ByteSize);
        }
        return _masks.GetOrAdd((dfa, state), mask);
    }
}
