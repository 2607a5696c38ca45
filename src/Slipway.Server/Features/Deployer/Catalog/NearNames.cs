namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>Which names somebody may have meant who wrote another one.</summary>
internal static class NearNames
{
    private const int Most = 3;
    private const int Farthest = 3;
    private const int LongestName = 128;
    private const int ShortestPart = 3;

    /// <summary>At most three, the nearest first: those that differ in little, then those of which one holds the other.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> names)
    {
        if (name.Length > LongestName)
        {
            return [];
        }
        var sought = Plain(name);
        return
        [
            .. names.Select(candidate => (Name: candidate, Distance: Distance(sought, Plain(candidate))))
                .Where(candidate => candidate.Distance < int.MaxValue)
                .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
                .Take(Most).Select(candidate => candidate.Name),
        ];
    }

    // What people confuse: large and small letters, and which sign stands between words. An owner in front is the hub's.
    private static string Plain(string name) =>
        string.Concat(name[(name.LastIndexOf('/') + 1)..].ToLowerInvariant().Where(letter => letter is not ('-' or '_' or '.' or ' ')));

    private static int Distance(string sought, string candidate) =>
        Edits(sought, candidate) is var edits and <= Farthest && edits < sought.Length ? edits
        : sought.Length >= ShortestPart && candidate.Contains(sought, StringComparison.Ordinal) ? Farthest + candidate.Length - sought.Length
        : candidate.Length >= ShortestPart && sought.Contains(candidate, StringComparison.Ordinal) ? Farthest + sought.Length - candidate.Length
        : int.MaxValue;

    /// <summary>Letters to add, remove or exchange, as far as there are at most <see cref="Farthest"/>.</summary>
    private static int Edits(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > Farthest)
        {
            return int.MaxValue;
        }
        Span<int> row = stackalloc int[right.Length + 1];
        for (var j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }
        for (var i = 1; i <= left.Length; i++)
        {
            (var diagonal, row[0]) = (row[0], i);
            for (var j = 1; j <= right.Length; j++)
            {
                var exchanged = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(exchanged, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[right.Length];
    }
}
