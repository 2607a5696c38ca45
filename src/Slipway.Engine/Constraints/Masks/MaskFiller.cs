using Slipway.Engine.Constraints.Matching;

namespace Slipway.Engine.Constraints.Masks;

/// <summary>Finds the tokens that may come next in one sequence.</summary>
/// <remarks>
/// 1. Tokens that stay inside an automaton come from the table, by state and by room for characters.
/// 2. Tokens that end it and go on are few; they are walked with what lies on the stack.
/// </remarks>
internal sealed class MaskFiller(MaskTable table, Matcher matcher)
{
    private readonly Stack<ThreadSet> _spare = new();
    private readonly ulong[] _firstBytes = new ulong[4];

    /// <summary>Nodes walked with the stack: the work that every token costs anew.</summary>
    public long Walked { get; private set; }

    /// <summary>Sets the bits of all tokens that the threads let in.</summary>
    public void Fill(ThreadSet set, Span<ulong> mask)
    {
        foreach (ref readonly var thread in set.Threads)
        {
            var lex = thread.Lex;
            var state = table.Get(lex.Dfa, thread.State);
            var room = lex.Counts ? lex.Max - thread.Taken : int.MaxValue;
            var missing = lex.Min - thread.Taken;
            state.SetInside(room, mask);
            foreach (var (token, cost) in lex.AllowsAdded ? state.Added : [])
            {
                if (cost <= room)
                {
                    Set(token, mask);
                }
            }
            foreach (var (token, characters) in state.Endings)
            {
                if (characters <= room && characters >= missing && (lex.AllowsAdded || !table.Trie.IsAdded[token]))
                {
                    Set(token, mask);
                }
            }
            if (thread.Parent is { } parent && state.Exits.Length > 0)
            {
                WalkExits(state, matcher.Continue(parent), room, missing, mask);
            }
        }
    }

    private void WalkExits(StateMask state, ThreadSet next, int room, int missing, Span<ulong> mask)
    {
        if (next.Count == 0)
        {
            return;
        }
        FindFirstBytes(next);
        var trie = table.Trie;
        foreach (var (node, characters) in state.Exits)
        {
            if (characters > room || characters < missing)
            {
                continue;
            }
            for (var child = node + 1; child < trie.End[node]; child = trie.End[child])
            {
                var value = trie.Byte[child];
                if ((_firstBytes[value >> 6] >> value & 1) != 0)
                {
                    Walk(child, next, mask);
                }
            }
        }
    }

    private void FindFirstBytes(ThreadSet set)
    {
        Array.Clear(_firstBytes);
        foreach (ref readonly var thread in set.Threads)
        {
            for (var value = 0; value < 256; value++)
            {
                if (thread.Lex.Dfa.Next(thread.State, (byte)value) >= 0)
                {
                    _firstBytes[value >> 6] |= 1ul << value;
                }
            }
        }
    }

    private void Walk(int node, ThreadSet threads, Span<ulong> mask)
    {
        Walked++;
        var trie = table.Trie;
        var next = _spare.TryPop(out var spare) ? spare : new ThreadSet();
        matcher.Step(threads.Threads, trie.Byte[node], next);
        if (!next.IsEmpty)
        {
            foreach (var token in trie.TokensAt(node))
            {
                if (!trie.IsAdded[token]) // These never reach over the end of a word.
                {
                    Set(token, mask);
                }
            }
            for (var child = node + 1; child < trie.End[node] && next.Count > 0; child = trie.End[child])
            {
                Walk(child, next, mask);
            }
        }
        next.Clear();
        _spare.Push(next);
    }

    private static void Set(int token, Span<ulong> mask) => mask[token >> 6] |= 1ul << token;
}
