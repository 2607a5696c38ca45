namespace Slipway.Engine.Constraints.Automata;

/// <summary>
/// A deterministic automaton over bytes in which every state can still reach acceptance. State 0 is the start.
/// Immutable; any number of threads may use it.
/// </summary>
internal sealed class ByteDfa
{
    /// <summary>No way on.</summary>
    public const int Dead = -1;

    private readonly int[] _next; // [state][class of byte]
    private readonly byte[] _classOf;
    private readonly int _classes;
    private readonly bool[] _accepts;
    private readonly bool[] _isTerminal;
    private readonly bool[] _atCharacter;
    private readonly int[] _distance;

    private ByteDfa(int[] next, byte[] classOf, int classes, bool[] accepts, bool[] atCharacter)
    {
        (_next, _classOf, _classes, _accepts, _atCharacter) = (next, classOf, classes, accepts, atCharacter);
        _isTerminal = new bool[accepts.Length];
        for (var state = 0; state < accepts.Length; state++)
        {
            _isTerminal[state] = !next.AsSpan(state * classes, classes).ContainsAnyExcept(Dead);
        }
        _distance = Distances();
    }

    public int States => _accepts.Length;

    /// <summary>Whether many grammars use this very object, so that its masks are worth keeping for good.</summary>
    public bool IsShared { get; init; }

    /// <summary>The state after a byte, or <see cref="Dead"/>.</summary>
    public int Next(int state, byte value) => _next[(state * _classes) + _classOf[value]];

    /// <summary>Whether what was read so far may be all.</summary>
    public bool Accepts(int state) => _accepts[state];

    /// <summary>Whether nothing can follow; such a state accepts.</summary>
    public bool IsTerminal(int state) => _isTerminal[state];

    /// <summary>Whether a counted character or the end follows.</summary>
    public bool AtCharacter(int state) => _atCharacter[state];

    /// <summary>Characters that must at least be read from here until acceptance.</summary>
    public int Distance(int state) => _distance[state];

    /// <summary>Characters that a step begins: 1 on the first byte of a counted character, otherwise 0.</summary>
    public int Weight(int from, int to) => _atCharacter[from] && !_isTerminal[to] ? 1 : 0;

    /// <summary>Makes an automaton of complete rows; null when it accepts nothing.</summary>
    /// <param name="rows">For each state the next one by byte, <see cref="Dead"/> where there is none.</param>
    /// <param name="accepts">For each state whether it accepts.</param>
    /// <param name="atCharacter">For each state whether a counted character or the end follows.</param>
    /// <param name="isShared">See <see cref="IsShared"/>.</param>
    public static ByteDfa? Create(List<int[]> rows, List<bool> accepts, List<bool> atCharacter, bool isShared = false)
    {
        var kept = FindUseful(rows, accepts);
        if (kept[0] < 0)
        {
            return null;
        }
        var count = kept.Max() + 1;
        var columns = Trim(rows, kept, count);
        var (classOf, representatives) = GroupColumns(columns);
        var next = new int[count * representatives.Count];
        for (var state = 0; state < count; state++)
        {
            for (var group = 0; group < representatives.Count; group++)
            {
                next[(state * representatives.Count) + group] = columns[representatives[group]][state];
            }
        }
        var (accepting, starting) = (new bool[count], new bool[count]);
        for (var state = 0; state < rows.Count; state++)
        {
            if (kept[state] >= 0)
            {
                (accepting[kept[state]], starting[kept[state]]) = (accepts[state], atCharacter[state]);
            }
        }
        return new ByteDfa(next, classOf, representatives.Count, accepting, starting) { IsShared = isShared };
    }

    /// <summary>New numbers of the states from which acceptance can be reached, −1 for the others.</summary>
    private static int[] FindUseful(List<int[]> rows, List<bool> accepts)
    {
        var reversed = new List<int>[rows.Count];
        for (var state = 0; state < rows.Count; state++)
        {
            reversed[state] ??= [];
            var last = Dead;
            foreach (var target in rows[state])
            {
                if (target != Dead && target != last)
                {
                    (reversed[target] ??= []).Add(state);
                }
                last = target;
            }
        }
        var useful = new bool[rows.Count];
        var pending = new Stack<int>(Enumerable.Range(0, rows.Count).Where(state => accepts[state]));
        while (pending.TryPop(out var state))
        {
            if (!useful[state])
            {
                useful[state] = true;
                reversed[state].ForEach(pending.Push);
            }
        }
        var number = 0;
        return [.. useful.Select(isUseful => isUseful ? number++ : Dead)];
    }

    /// <summary>[byte][new state]: the rows without useless states, turned on their side.</summary>
    private static int[][] Trim(List<int[]> rows, int[] kept, int count)
    {
        var columns = new int[256][];
        for (var value = 0; value < 256; value++)
        {
            columns[value] = new int[count];
            for (var state = 0; state < rows.Count; state++)
            {
                if (kept[state] >= 0)
                {
                    var target = rows[state][value];
                    columns[value][kept[state]] = target == Dead ? Dead : kept[target];
                }
            }
        }
        return columns;
    }

    /// <summary>Bytes that no state tells apart share a class.</summary>
    private static (byte[] ClassOf, List<int> Representatives) GroupColumns(int[][] columns)
    {
        var classOf = new byte[256];
        List<int> representatives = [];
        var byHash = new Dictionary<int, List<int>>();
        for (var value = 0; value < 256; value++)
        {
            var hash = new HashCode();
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(columns[value].AsSpan()));
            var key = hash.ToHashCode();
            var candidates = byHash.TryGetValue(key, out var found) ? found : byHash[key] = [];
            var group = candidates.FindIndex(other => columns[representatives[other]].AsSpan().SequenceEqual(columns[value]));
            if (group < 0)
            {
                candidates.Add(representatives.Count);
                representatives.Add(value);
                group = candidates.Count - 1;
            }
            classOf[value] = (byte)candidates[group];
        }
        return (classOf, representatives);
    }

    /// <summary>Shortest ways to acceptance where a step costs its <see cref="Weight"/>, from the accepting states backwards.</summary>
    private int[] Distances()
    {
        var distance = new int[States];
        Array.Fill(distance, int.MaxValue);
        var reversed = new List<(int From, int Weight)>[States];
        for (var state = 0; state < States; state++)
        {
            reversed[state] ??= [];
            for (var group = 0; group < _classes; group++)
            {
                if (_next[(state * _classes) + group] is var target and not Dead)
                {
                    (reversed[target] ??= []).Add((state, Weight(state, target)));
                }
            }
        }
        var pending = new PriorityQueue<int, int>();
        for (var state = 0; state < States; state++)
        {
            if (_accepts[state])
            {
                distance[state] = 0;
                pending.Enqueue(state, 0);
            }
        }
        while (pending.TryDequeue(out var state, out var reached))
        {
            foreach (var (from, weight) in distance[state] == reached ? reversed[state] : [])
            {
                if (reached + weight < distance[from])
                {
                    distance[from] = reached + weight;
                    pending.Enqueue(from, reached + weight);
                }
            }
        }
        return distance;
    }
}
