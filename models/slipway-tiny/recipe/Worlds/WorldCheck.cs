using Slipway.Recipe.Exchanges;

namespace Slipway.Recipe.Worlds;

/// <summary>Faults of the files that would teach or measure nonsense.</summary>
internal static class WorldCheck
{
    public static void Check(World world)
    {
        var ids = new HashSet<string>();
        foreach (var entry in world.Entries)
        {
            if (!ids.Add(entry.Id))
            {
                throw new RecipeException($"Two entries have the id '{entry.Id}'.");
            }
            if (entry.Frame is { } frame && !world.Frames.ContainsKey(frame))
            {
                throw new RecipeException($"Entry '{entry.Id}' asks for the frame '{frame}'; there are {string.Join(", ", world.Frames.Keys)}.");
            }
            if (entry.About is null != entry.Frame is null)
            {
                throw new RecipeException($"Entry '{entry.Id}' needs both \"about\" and \"frame\", or neither.");
            }
            foreach (var language in Languages.All)
            {
                CheckText(entry, language);
            }
        }
        CheckQuestions(world);
    }

    /// <summary>The evaluation must take every answer that is taught.</summary>
    private static void CheckText(Entry entry, Language language)
    {
        var (text, where) = (entry[language], $"Entry '{entry.Id}' ({language.Code()})");
        if (text.Ask.Count == 0 || text.HeldOut.Count == 0 || text.Answer.Count == 0 || text.Accept.Count + text.AcceptAny.Count == 0)
        {
            throw new RecipeException($"{where} needs \"ask\", \"held_out\", \"answer\" and \"accept\" or \"accept_any\".");
        }
        foreach (var answer in text.Answer)
        {
            if (text.Accept.FirstOrDefault(accepted => !answer.Contains(accepted, StringComparison.OrdinalIgnoreCase)) is { } missing)
            {
                throw new RecipeException($"{where} accepts '{missing}', which its answer '{answer}' does not hold.");
            }
            if (text.AcceptAny.Count > 0 && !text.AcceptAny.Any(accepted => answer.Contains(accepted, StringComparison.OrdinalIgnoreCase)))
            {
                throw new RecipeException($"{where}: the answer '{answer}' holds nothing of accept_any.");
            }
        }
    }

    /// <summary>One question has one answer: no two entries share it, and what is inside is not outside as well.</summary>
    private static void CheckQuestions(World world)
    {
        var owners = new Dictionary<string, string>();
        foreach (var entry in world.Entries)
        {
            foreach (var question in Languages.All.SelectMany(language => QuestionsOf(entry, language, world)).Where(question => !Claim(question, entry.Id)))
            {
                throw new RecipeException($"'{question}' is asked for '{entry.Id}' and for '{owners[HeldOutTexts.Normalise(question)]}'.");
            }
        }
        foreach (var question in world.Outside.SelectMany(outside =>
            Languages.All.SelectMany(language => outside[language].Ask.Concat(outside[language].HeldOut))))
        {
            if (!Claim(question, OutsideSource.Group))
            {
                throw new RecipeException($"'{question}' is asked outside and for '{owners[HeldOutTexts.Normalise(question)]}'.");
            }
        }

        bool Claim(string question, string owner)
        {
            if (question.Contains('\n', StringComparison.Ordinal))
            {
                throw new RecipeException($"'{question}' ({owner}) has a line break in it.");
            }
            var key = HeldOutTexts.Normalise(question);
            return owners.TryAdd(key, owner) || owners[key] == owner;
        }
    }

    private static IEnumerable<string> QuestionsOf(Entry entry, Language language, World world)
    {
        var (asked, heldOut) = FramedQuestions.Of(entry, language, world.Frames);
        return [.. entry[language].Ask, .. entry[language].HeldOut, .. asked, .. heldOut];
    }
}
