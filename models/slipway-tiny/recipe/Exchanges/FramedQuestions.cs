using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Exchanges;

/// <summary>The questions that an entry gets from its frame.</summary>
internal static class FramedQuestions
{
    private const string Name = "{x}";

    public static (IEnumerable<string> Asked, IEnumerable<string> HeldOut) Of(
        Entry entry, Language language, IReadOnlyDictionary<string, Bilingual<Phrasings>> frames)
    {
        if (entry.Frame is null || entry.About is null)
        {
            return ([], []);
        }
        var phrasings = frames[entry.Frame][language];
        return (Fill(phrasings.Ask, entry.About[language]), Fill(phrasings.HeldOut, entry.About[language]));
    }

    private static IEnumerable<string> Fill(IReadOnlyList<string> frames, IReadOnlyList<string> names) =>
        frames.SelectMany(frame => names.Select(name => Capitalised(frame.Replace(Name, name, StringComparison.Ordinal))));

    /// <summary>"a hash is what?" begins with a capital; names such as iPhone are not at stake.</summary>
    private static string Capitalised(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
