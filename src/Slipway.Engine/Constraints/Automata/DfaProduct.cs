namespace Slipway.Engine.Constraints.Automata;

/// <summary>An automaton beside something else that is followed byte by byte.</summary>
internal static class DfaProduct
{
    private const int MaxStates = 20_000;

    /// <summary>Follows both; null when nothing is accepted.</summary>
    /// <param name="dfa">The automaton.</param>
    /// <param name="follow">The other's state after a step of the automaton: (other, from, to, byte).</param>
    /// <param name="accepts">Whether the other lets the automaton accept.</param>
    /// <exception cref="AutomatonLimitException">There are too many pairs of states.</exception>
    public static ByteDfa? Build(ByteDfa dfa, Func<int, int, int, byte, int> follow, Func<int, bool> accepts)
    {
        var numbers = new Dictionary<(int State, int Other), int> { [(0, 0)] = 0 };
        List<(int State, int Other)> pairs = [(0, 0)];
        var (rows, accepting, atCharacter) = (new List<int[]>(), new List<bool>(), new List<bool>());
        for (var i = 0; i < pairs.Count; i++)
        {
            var (state, other) = pairs[i];
            var row = new int[256];
            Array.Fill(row, ByteDfa.Dead);
            for (var value = 0; value < 256; value++)
            {
                var to = dfa.Next(state, (byte)value);
                if (to < 0)
                {
                    continue;
                }
                var next = (to, follow(other, state, to, (byte)value));
                if (!numbers.TryGetValue(next, out row[value]))
                {
                    if (pairs.Count == MaxStates)
                    {
                        throw new AutomatonLimitException($"it takes more than {MaxStates} states");
                    }
                    numbers.Add(next, row[value] = pairs.Count);
                    pairs.Add(next);
                }
            }
            rows.Add(row);
            accepting.Add(dfa.Accepts(state) && accepts(other));
            atCharacter.Add(dfa.AtCharacter(state));
        }
        return ByteDfa.Create(rows, accepting, atCharacter);
    }
}
