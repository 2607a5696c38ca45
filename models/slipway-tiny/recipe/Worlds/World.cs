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
        WorldCheck.Check(world);
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
}
