using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Recipe.Worlds;

/// <summary>Everything that the model is to know, as it stands in the <c>world</c> folder.</summary>
internal sealed record World(
    IReadOnlyList<Entry> Entries,
    IReadOnlyDictionary<string, Bilingual<Phrasings>> Frames,
    IReadOnlyList<OutsideQuestions> Outside,
    ArithmeticWords Arithmetic,
    ConversationWords Conversation)
{
    private const string FramesPrefix = "frames";
    private const string OutsidePrefix = "outside";
    private const string ArithmeticFile = "arithmetic.json";
    private const string ConversationFile = "conversation.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Reads <c>frames*.json</c>, <c>outside*.json</c>, <c>arithmetic.json</c>, <c>conversation.json</c>; every other file holds entries.</summary>
    public static World Read(string folder)
    {
        var entries = new List<Entry>();
        var frames = new Dictionary<string, Bilingual<Phrasings>>();
        var outside = new List<OutsideQuestions>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith(FramesPrefix, StringComparison.Ordinal))
            {
                foreach (var (frame, phrasings) in ReadFile<Dictionary<string, Bilingual<Phrasings>>>(path))
                {
                    frames.Add(frame, phrasings);
                }
            }
            else if (name.StartsWith(OutsidePrefix, StringComparison.Ordinal))
            {
                outside.Add(ReadFile<OutsideQuestions>(path));
            }
            else if (name is not (ArithmeticFile or ConversationFile))
            {
                entries.AddRange(ReadFile<List<Entry>>(path));
            }
        }
        var world = new World(
            entries,
            frames,
            outside,
            ReadFile<ArithmeticWords>(Path.Combine(folder, ArithmeticFile)),
            ReadFile<ConversationWords>(Path.Combine(folder, ConversationFile)));
        world.Check();
        return world;
    }

    private static T ReadFile<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json) ?? throw new RecipeException($"'{path}' is empty.");
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new RecipeException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    private void Check()
    {
        var ids = new HashSet<string>();
        foreach (var entry in Entries)
        {
            if (!ids.Add(entry.Id))
            {
                throw new RecipeException($"Two entries have the id '{entry.Id}'.");
            }
            if (entry.Frame is { } frame && !Frames.ContainsKey(frame))
            {
                throw new RecipeException($"Entry '{entry.Id}' asks for the frame '{frame}'; there are {string.Join(", ", Frames.Keys)}.");
            }
            if (entry.About is not null != entry.Frame is not null)
            {
                throw new RecipeException($"Entry '{entry.Id}' needs both \"about\" and \"frame\", or neither.");
            }
            foreach (var language in Languages.All)
            {
                CheckAnswers(entry, language);
            }
        }
    }

    /// <summary>The evaluation must take every answer that is taught.</summary>
    private static void CheckAnswers(Entry entry, Language language)
    {
        var text = entry[language];
        foreach (var answer in text.Answer)
        {
            if (text.Accept.FirstOrDefault(accepted => !answer.Contains(accepted, StringComparison.OrdinalIgnoreCase)) is { } missing)
            {
                throw new RecipeException($"Entry '{entry.Id}' ({language.Code()}) accepts '{missing}', which its answer '{answer}' does not hold.");
            }
            if (text.AcceptAny.Count > 0 && !text.AcceptAny.Any(accepted => answer.Contains(accepted, StringComparison.OrdinalIgnoreCase)))
            {
                throw new RecipeException($"Entry '{entry.Id}' ({language.Code()}): the answer '{answer}' holds nothing of accept_any.");
            }
        }
        if (text.Ask.Count == 0 || text.Answer.Count == 0 || text.Accept.Count + text.AcceptAny.Count == 0)
        {
            throw new RecipeException($"Entry '{entry.Id}' ({language.Code()}) needs \"ask\", \"answer\" and \"accept\" or \"accept_any\".");
        }
    }
}
