using System.Text;

namespace Slipway.Engine.Constraints.Automata;

/// <summary>Any text, as far as a word that is looked out for (Knuth, Morris and Pratt 1977).</summary>
internal static class FreeText
{
    private static readonly ByteDfa Utf8 = ByteNfa.Compile(Expression.Times(CodePoints.All.ToUtf8(), 0, null))!;

    private static readonly ByteDfa AnyBytes = ByteNfa.Compile(Expression.Times(Expression.Byte(0, 255), 0, null))!;

    /// <summary>UTF-8 text that ends with the first occurrence of the word.</summary>
    public static ByteDfa Until(string word) => Build(word, Utf8, endsWithWord: true, isShared: false);

    /// <summary>UTF-8 text in which the word does not occur.</summary>
    public static ByteDfa Without(string word) => Build(word, Utf8, endsWithWord: false, isShared: false);

    /// <summary>Bytes that end with the first occurrence of the word; it may come in the middle of a character.</summary>
    public static ByteDfa BytesUntil(string word) => Build(word, AnyBytes, endsWithWord: true, isShared: true);

    private static ByteDfa Build(string word, ByteDfa text, bool endsWithWord, bool isShared)
    {
        var pattern = Encoding.UTF8.GetBytes(word);
        var failure = Failures(pattern);
        var numbers = new Dictionary<(int Text, int Match), int> { [(0, 0)] = 0 };
        List<(int Text, int Match)> states = [(0, 0)];
        var (rows, accepts) = (new List<int[]>(), new List<bool>());
        for (var i = 0; i < states.Count; i++)
        {
            var (at, match) = states[i];
            var isFound = match == pattern.Length;
            var row = new int[256];
            Array.Fill(row, ByteDfa.Dead);
            for (var value = 0; value < 256 && !isFound; value++)
            {
                var following = text.Next(at, (byte)value);
                if (following >= 0)
                {
                    var next = (following, Follow(pattern, failure, match, (byte)value));
                    if (!numbers.TryGetValue(next, out row[value]))
                    {
                        numbers.Add(next, row[value] = states.Count);
                        states.Add(next);
                    }
                }
            }
            rows.Add(row);
            accepts.Add(isFound == endsWithWord && text.Accepts(at));
        }
        return ByteDfa.Create(rows, accepts, [.. accepts.Select(_ => false)], isShared)!;
    }

    private static int Follow(byte[] pattern, int[] failure, int match, byte value)
    {
        while (match > 0 && pattern[match] != value)
        {
            match = failure[match - 1];
        }
        return pattern[match] == value ? match + 1 : match;
    }

    private static int[] Failures(byte[] pattern)
    {
        var failure = new int[pattern.Length];
        for (var i = 1; i < pattern.Length; i++)
        {
            failure[i] = Follow(pattern, failure, failure[i - 1], pattern[i]);
        }
        return failure;
    }
}
