using System.Numerics;
using System.Runtime.InteropServices;
using Slipway.Engine.Constraints.Automata;

namespace Slipway.Engine.Constraints.Masks;

/// <summary>
/// What the tokens of a vocabulary do in one state of one automaton, whatever lies on the stack and however many characters
/// may still come: those two are asked when the mask is filled.
/// </summary>
internal sealed class StateMask
{
    /// <summary>With fewer tokens, setting their bits one by one is quicker than going over the whole vocabulary.</summary>
    private const int FewTokens = 2_000;

    /// <summary>Beyond this many characters, whole masks by room are not kept.</summary>
    private const int MaxKeptRooms = 32;

    private readonly int[] _tokens; // by rising cost
    private readonly int[] _costs;
    private readonly int _vocabulary;
    private readonly ulong[]?[] _byRoom;

    private StateMask(List<(int Token, int Cost)> inside, int vocabulary)
    {
        inside.Sort((x, y) => x.Cost.CompareTo(y.Cost));
        (_tokens, _costs) = ([.. inside.Select(one => one.Token)], [.. inside.Select(one => one.Cost)]);
        _vocabulary = vocabulary;
        var most = _costs.Length == 0 ? 0 : _costs[^1];
        _byRoom = new ulong[]?[_tokens.Length < FewTokens ? 0 : Math.Min(most, MaxKeptRooms) + 2];
        ByteSize = (_tokens.Length * 8L) + ((long)_byRoom.Length * vocabulary / 8);
    }

    /// <summary>Memory at most, in bytes.</summary>
    public long ByteSize { get; private init; }

    /// <summary>Added tokens among those that stay inside, with the characters they need.</summary>
    public (int Token, int Cost)[] Added { get; private init; } = [];

    /// <summary>Tokens after which the automaton has ended for good, with the characters they read.</summary>
    public (int Token, int Characters)[] Endings { get; private init; } = [];

    /// <summary>Nodes in the middle of tokens at which the automaton may end and something else may go on.</summary>
    public (int Node, int Characters)[] Exits { get; private init; } = [];

    /// <summary>Walks all tokens that the state lets in.</summary>
    public static StateMask Build(TokenTrie trie, int vocabulary, ByteDfa dfa, int state, ref long visited)
    {
        var (inside, added) = (new List<(int, int)>(), new List<(int, int)>());
        var (endings, exits) = (new List<(int, int)>(), new List<(int, int)>());
        var (states, characters) = (new int[trie.MaxDepth + 1], new int[trie.MaxDepth + 1]);
        states[0] = state;
        for (var node = 1; node < trie.Count;)
        {
            visited++;
            var depth = trie.Depth[node];
            var from = states[depth - 1];
            var to = dfa.Next(from, trie.Byte[node]);
            if (to < 0)
            {
                node = trie.End[node];
                continue;
            }
            var count = characters[depth - 1] + dfa.Weight(from, to);
            var isTerminal = dfa.IsTerminal(to);
            foreach (var token in trie.TokensAt(node))
            {
                var list = isTerminal ? endings : trie.IsAdded[token] ? added : inside;
                list.Add((token, isTerminal ? count : count + dfa.Distance(to)));
            }
            if (dfa.Accepts(to) && trie.End[node] > node + 1)
            {
                exits.Add((node, count));
            }
            (states[depth], characters[depth]) = (to, count);
            node = isTerminal ? trie.End[node] : node + 1;
        }
        return new StateMask(inside, vocabulary)
        {
            Added = [.. added],
            Endings = [.. endings],
            Exits = [.. exits],
        };
    }

    /// <summary>Sets the bits of the tokens that stay inside the automaton and need no more than <paramref name="room"/> characters.</summary>
    public void SetInside(int room, Span<ulong> mask)
    {
        if (_byRoom.Length == 0 || (room > MaxKeptRooms && room < _costs[^1]))
        {
            SetBits(room, mask);
            return;
        }
        var index = Math.Min(room, _byRoom.Length - 1);
        var kept = Volatile.Read(ref _byRoom[index]);
        if (kept is null)
        {
            kept = new ulong[(_vocabulary + 63) / 64];
            SetBits(index == _byRoom.Length - 1 ? int.MaxValue : index, kept);
            Volatile.Write(ref _byRoom[index], kept);
        }
        Merge(kept, mask);
    }

    private static void Merge(ReadOnlySpan<ulong> kept, Span<ulong> mask)
    {
        var wide = MemoryMarshal.Cast<ulong, Vector<ulong>>(mask);
        var source = MemoryMarshal.Cast<ulong, Vector<ulong>>(kept);
        for (var i = 0; i < source.Length; i++)
        {
            wide[i] |= source[i];
        }
        for (var i = source.Length * Vector<ulong>.Count; i < kept.Length; i++)
        {
            mask[i] |= kept[i];
        }
    }

    private void SetBits(int room, Span<ulong> mask)
    {
        for (var i = 0; i < _tokens.Length && _costs[i] <= room; i++)
        {
            mask[_tokens[i] >> 6] |= 1ul << _tokens[i];
        }
    }
}
