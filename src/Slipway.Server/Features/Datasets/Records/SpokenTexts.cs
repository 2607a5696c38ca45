using System.Text.Json;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>What a record says, without keys, role names and numbers.</summary>
internal static class SpokenTexts
{
    private static readonly HashSet<string> Spoken = new(StringComparer.Ordinal)
    {
        "text", "instruction", "input", "output", "system", "prompt", "response", "query", "question", "completion", "answer",
        "content", "reasoning_content", "value", "chosen", "rejected",
    };

    private static readonly HashSet<string> Nested = new(StringComparer.Ordinal)
    {
        "history", "messages", "conversations", "chosen", "rejected",
    };

    /// <exception cref="InvalidOperationException">A text holds half of a character.</exception>
    public static IEnumerable<string> Of(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }
        foreach (var member in record.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String && Spoken.Contains(member.Name))
            {
                yield return member.Value.GetString()!;
            }
            else if (Nested.Contains(member.Name))
            {
                foreach (var text in Inside(member.Value))
                {
                    yield return text;
                }
            }
        }
    }

    private static IEnumerable<string> Inside(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => Of(value),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item => item.ValueKind == JsonValueKind.Array ? Pair(item) : Of(item)),
        _ => [],
    };

    private static IEnumerable<string> Pair(JsonElement pair) =>
        pair.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!);
}
