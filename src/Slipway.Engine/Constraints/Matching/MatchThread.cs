namespace Slipway.Engine.Constraints.Matching;

/// <summary>One way in which what was read so far can be understood: a place in an automaton, and what goes on after it.</summary>
/// <param name="Lex">What is being read.</param>
/// <param name="State">The automaton's state.</param>
/// <param name="Taken">Characters read, where they count.</param>
/// <param name="Parent">What goes on afterwards; null ends the output.</param>
internal readonly record struct MatchThread(LexRule Lex, int State, int Taken, Frame? Parent);

/// <summary>All ways at once.</summary>
internal sealed class ThreadSet
{
    private readonly List<MatchThread> _threads = [];

    public int Count => _threads.Count;

    /// <summary>Whether the output may end here.</summary>
    public bool Accepts { get; set; }

    public bool IsEmpty => _threads.Count == 0 && !Accepts;

    public ReadOnlySpan<MatchThread> Threads => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_threads);

    public void Add(in MatchThread thread)
    {
        // Two ways that have become one: only small sets are worth the search.
        if (_threads.Count > 32 || !_threads.Contains(thread))
        {
            _threads.Add(thread);
        }
    }

    public void AddAll(ThreadSet other)
    {
        Accepts |= other.Accepts;
        foreach (var thread in other.Threads)
        {
            Add(thread);
        }
    }

    public void Clear()
    {
        _threads.Clear();
        Accepts = false;
    }

    /// <summary>Forgets the last ways of too many: what remains is still right, only narrower.</summary>
    public void Limit(int count)
    {
        if (_threads.Count > count)
        {
            _threads.RemoveRange(count, _threads.Count - count);
        }
    }
}
