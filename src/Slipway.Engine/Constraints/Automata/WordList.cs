using System.Text;

namespace Slipway.Engine.Constraints.Automata;

/// <summary>An automaton of the words of a list.</summary>
internal static class WordList
{
    private const int MaxStates = 20_000;

    /// <param name="words">One or more.</param>
    /// <exception cref="AutomatonLimitException">They are too many or too long.</exception>
    public static ByteDfa Compile(IEnumerable<string> words)
    {
        List<int[]> rows = [NewRow()];
        List<bool> accepts = [false];
        foreach (var word in words)
        {
            var state = 0;
            foreach (var value in Encoding.UTF8.GetBytes(word))
            {
                if (rows[state][value] == ByteDfa.Dead)
                {
                    if (rows.Count == MaxStates)
                    {
                        throw new AutomatonLimitException($"it has more than {MaxStates} bytes");
                    }
                    rows[state][value] = rows.Count;
                    rows.Add(NewRow());
                    accepts.Add(false);
                }
                state = rows[state][value];
            }
            accepts[state] = true;
        }
        return ByteDfa.Create(rows, accepts, [.. accepts.Select(_ => false)])!;
    }

    private static int[] NewRow()
    {
        var row = new int[256];
        Array.Fill(row, ByteDfa.Dead);
        return row;
    }
}
