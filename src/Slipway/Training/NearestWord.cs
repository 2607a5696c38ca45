namespace Slipway.Training;

/// <summary>What somebody probably meant to write.</summary>
internal static class NearestWord
{
    private const int LongestWord = 64;

    /// <summary>The word with the fewest letters to change; null where over a third of the letters would change.</summary>
    public static string? Find(string written, IEnumerable<string> words) =>
        written.Length > LongestWord
            ? null
            : words
                .Select(word => (Word: word, Distance: Distance(written.ToLowerInvariant(), word)))
                .Where(candidate => candidate.Distance <= (Math.Max(written.Length, candidate.Word.Length) + 2) / 3)
                .OrderBy(candidate => candidate.Distance)
                .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
                .Select(candidate => candidate.Word)
                .FirstOrDefault();

    /// <summary>Letters to add, drop or replace (Levenshtein), by rows of the table.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[to.Length];
    }
}
