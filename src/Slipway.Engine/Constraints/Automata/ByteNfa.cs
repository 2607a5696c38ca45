using System.Runtime.InteropServices;

namespace Slipway.Engine.Constraints.Automata;

/// <summary>Turns an <see cref="Expression"/> into a <see cref="ByteDfa"/>: Thompson's construction, then subsets.</summary>
internal sealed class ByteNfa
{
    private const int MaxNfaStates = 60_000;
    private const int MaxDfaStates = 4_000;
    private const int MaxWork = 4_000_000;

    private readonly List<(byte Low, byte High, int Target)> _edges = []; // Target −1: no byte edge
    private readonly List<(int First, int Second)> _empty = [];
    private readonly List<bool> _atCharacter = [];
    private int _work;

    private ByteNfa()
    {
    }

    /// <summary>The automaton of an expression; null when it matches nothing.</summary>
    /// <exception cref="AutomatonLimitException">It is too large.</exception>
    public static ByteDfa? Compile(Expression expression, bool isShared = false)
    {
        var nfa = new ByteNfa();
        var end = nfa.AddState();
        var start = nfa.Add(expression, end);
        return nfa.Determinize(start, end, isShared);
    }

    private int AddState(bool atCharacter = false)
    {
        if (_edges.Count == MaxNfaStates)
        {
            throw new AutomatonLimitException($"it takes more than {MaxNfaStates} states");
        }
        _edges.Add((0, 0, -1));
        _empty.Add((-1, -1));
        _atCharacter.Add(atCharacter);
        return _edges.Count - 1;
    }

    /// <summary>Builds backwards: returns the state from which the expression leads to <paramref name="next"/>.</summary>
    private int Add(Expression expression, int next)
    {
        switch (expression)
        {
            case Expression.Bytes bytes:
                var state = AddState();
                _edges[state] = (bytes.Low, bytes.High, next);
                return state;
            case Expression.Concatenation all:
                return all.Parts.Reverse().Aggregate(next, (following, part) => Add(part, following));
            case Expression.Union union:
                return AddUnion(union.Options.Select(option => Add(option, next)).ToList());
            case Expression.Repetition repetition:
                return AddRepetition(repetition, next);
            case Expression.Character character:
                var mark = AddState(atCharacter: true);
                _empty[mark] = (Add(character.Spelling, next), -1);
                return mark;
            default:
                throw new InvalidOperationException($"Unknown expression {expression.GetType().Name}.");
        }
    }

    private int AddUnion(List<int> options)
    {
        if (options.Count == 0)
        {
            return AddState();
        }
        var last = options[^1];
        for (var i = options.Count - 2; i >= 0; i--)
        {
            var fork = AddState();
            _empty[fork] = (options[i], last);
            last = fork;
        }
        return last;
    }

    private int AddRepetition(Expression.Repetition repetition, int next)
    {
        var following = next;
        if (repetition.Max is { } max)
        {
            for (var i = repetition.Min; i < max; i++)
            {
                var fork = AddState();
                _empty[fork] = (Add(repetition.Item, following), next);
                following = fork;
            }
        }
        else
        {
            var loop = AddState();
            _empty[loop] = (Add(repetition.Item, loop), next);
            following = loop;
        }
        for (var i = 0; i < repetition.Min; i++)
        {
            following = Add(repetition.Item, following);
        }
        return following;
    }

    private ByteDfa? Determinize(int start, int end, bool isShared)
    {
        List<int[]> sets = [];
        var (rows, accepts, atCharacter) = (new List<int[]>(), new List<bool>(), new List<bool>());
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        int Number(int[] set)
        {
            var key = new string(MemoryMarshal.Cast<int, char>(set));
            if (!numbers.TryGetValue(key, out var number))
            {
                if (sets.Count == MaxDfaStates)
                {
                    throw new AutomatonLimitException($"it takes more than {MaxDfaStates} deterministic states");
                }
                numbers.Add(key, number = sets.Count);
                sets.Add(set);
            }
            return number;
        }
        Number(Close([start]));
        for (var i = 0; i < sets.Count; i++)
        {
            rows.Add(Row(sets[i], Number));
            accepts.Add(Array.BinarySearch(sets[i], end) >= 0);
            atCharacter.Add(Array.Exists(sets[i], state => _atCharacter[state]));
        }
        return ByteDfa.Create(rows, accepts, atCharacter, isShared);
    }

    /// <summary>Bytes between two borders of edges all lead to the same set.</summary>
    private int[] Row(int[] set, Func<int[], int> number)
    {
        var row = new int[256];
        Array.Fill(row, ByteDfa.Dead);
        var borders = new SortedSet<int> { 256 };
        var edges = set.Where(state => _edges[state].Target >= 0).Select(state => _edges[state]).ToList();
        foreach (var (low, high, _) in edges)
        {
            borders.Add(low);
            borders.Add(high + 1);
        }
        var from = 0;
        foreach (var to in borders)
        {
            var targets = edges.Where(edge => edge.Low <= from && edge.High >= from).Select(edge => edge.Target).ToList();
            _work += edges.Count;
            if (targets.Count > 0)
            {
                row.AsSpan(from, to - from).Fill(number(Close(targets)));
            }
            from = to;
        }
        return row;
    }

    /// <summary>The states reached without reading, sorted.</summary>
    private int[] Close(List<int> states)
    {
        var seen = new HashSet<int>();
        var pending = new Stack<int>(states);
        while (pending.TryPop(out var state))
        {
            if (state >= 0 && seen.Add(state))
            {
                pending.Push(_empty[state].First);
                pending.Push(_empty[state].Second);
            }
        }
        _work += seen.Count;
        if (_work > MaxWork)
        {
            throw new AutomatonLimitException("it takes too long to make deterministic");
        }
        int[] closed = [.. seen];
        Array.Sort(closed);
        return closed;
    }
}
