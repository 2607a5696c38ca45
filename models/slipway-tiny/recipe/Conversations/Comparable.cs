using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Conversations;

/// <summary>An entry that explains a thing, and the entry that compares it with another thing.</summary>
/// <param name="Other">The other thing's name.</param>
internal sealed record Comparable(Entry Entry, Entry Comparison, string Other)
{
    private const string CompareFrame = "compare";

    private static readonly string[] Conjunctions = [" and ", " 和 ", " 与 ", "和", "与"];

    public static IReadOnlyList<Comparable> Find(World world, Language language)
    {
        var explained = new Dictionary<string, Entry>();
        foreach (var entry in world.Entries.Where(entry => entry.Frame is not (null or CompareFrame)))
        {
            foreach (var name in entry.About![language])
            {
                _ = explained.TryAdd(name, entry);
            }
        }
        return [.. from comparison in world.Entries
                   where comparison.Frame is CompareFrame
                   from pair in comparison.About![language]
                   let names = pair.Split(Conjunctions, StringSplitOptions.None)
                   where names.Length == 2 && explained.ContainsKey(names[0])
                   select new Comparable(explained[names[0]], comparison, names[1])];
    }
}
