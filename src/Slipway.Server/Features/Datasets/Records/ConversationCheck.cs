using System.Text.Json;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>How the turns of a conversation are written.</summary>
/// <param name="Role">The key of who speaks.</param>
/// <param name="Content">The key of what is said.</param>
/// <param name="User">Who asks.</param>
/// <param name="Assistant">Who answers.</param>
/// <param name="Observation">What a tool says.</param>
/// <param name="Function">An answer that calls a tool.</param>
internal sealed record TurnWords(string Role, string Content, string User, string Assistant, string Observation, string Function)
{
    public static TurnWords ShareGpt { get; } = new("from", "value", "human", "gpt", "observation", "function_call");

    public static TurnWords OpenAi { get; } = new("role", "content", "user", "assistant", "tool", "function_call");
}

/// <summary>
/// Checks the turns of a conversation: after an optional system turn, questions and answers in turn. Tool results that
/// follow one another count as one question.
/// </summary>
internal static class ConversationCheck
{
    private const string System = "system";
    private const int LongestRole = 32;

    /// <param name="list">The turns.</param>
    /// <param name="key">Where they stand.</param>
    /// <param name="words">How they are written.</param>
    /// <param name="endsWithPrompt">Whether the answer stands elsewhere, as in preferences.</param>
    public static (string? Fault, bool HasEmptyTurn, bool CallsTools) Look(JsonElement list, string key, TurnWords words, bool endsWithPrompt)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return ($"'{key}' is no list of turns.", false, false);
        }
        var (turn, spoken, hasEmpty, callsTools, wasTool) = (0, 0, false, false, false);
        foreach (var item in list.EnumerateArray())
        {
            turn++;
            var (role, fault, isEmpty, calls) = Read(item, turn, words);
            if (fault is not null)
            {
                return (fault, hasEmpty, callsTools);
            }
            hasEmpty |= isEmpty;
            callsTools |= calls;
            if (role == System && turn == 1)
            {
                continue;
            }
            var isTool = role == words.Observation;
            if (isTool && wasTool && words == TurnWords.OpenAi)
            {
                continue;
            }
            var asks = spoken % 2 == 0;
            if (asks ? role != words.User && !isTool : role != words.Assistant && role != words.Function)
            {
                return (Misplaced(turn, role!, asks, words), hasEmpty, callsTools);
            }
            (spoken, wasTool) = (spoken + 1, isTool);
        }
        var isEnded = spoken > 0 && (spoken % 2 == 1) == endsWithPrompt;
        return (isEnded ? null : Unended(key, spoken > 0, endsWithPrompt, words), hasEmpty, callsTools);
    }

    /// <summary>Whether it is a turn of the assistant.</summary>
    public static bool IsAnswer(JsonElement turn, TurnWords words) =>
        Read(turn, 1, words) is { Fault: null } read && (read.Role == words.Assistant || read.Role == words.Function);

    private static (string? Role, string? Fault, bool IsEmpty, bool CallsTools) Read(JsonElement item, int turn, TurnWords words)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            return (null, $"Turn {turn} is no object.", false, false);
        }
        if (!item.TryGetProperty(words.Role, out var role) || role.ValueKind != JsonValueKind.String)
        {
            return (null, $"Turn {turn} has no '{words.Role}' that is a text.", false, false);
        }
        var calls = item.TryGetProperty("tool_calls", out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0;
        var hasContent = item.TryGetProperty(words.Content, out var content);
        var isText = content.ValueKind == JsonValueKind.String;
        if (!isText && !(calls && (!hasContent || content.ValueKind == JsonValueKind.Null)))
        {
            return (null, hasContent ? $"'{words.Content}' of turn {turn} is no text." : $"Turn {turn} has no '{words.Content}'.", false, false);
        }
        return (role.GetString(), null, !calls && string.IsNullOrWhiteSpace(content.GetString()), calls);
    }

    private static string Misplaced(int turn, string role, bool asks, TurnWords words)
    {
        var shown = role.Length <= LongestRole ? role : role[..LongestRole] + "…";
        return asks
            ? $"Turn {turn} is by '{shown}', where '{words.User}' or '{words.Observation}' is to speak."
            : $"Turn {turn} is by '{shown}', where '{words.Assistant}' or '{words.Function}' is to speak.";
    }

    private static string Unended(string key, bool hasTurns, bool endsWithPrompt, TurnWords words) =>
        !hasTurns ? $"'{key}' has no turns."
        : endsWithPrompt ? $"'{key}' ends with an answer; the answers to compare stand in 'chosen' and 'rejected'."
        : $"'{key}' ends without an answer by '{words.Assistant}'.";
}
