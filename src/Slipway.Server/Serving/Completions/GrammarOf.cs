using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Serving.Completions;

/// <summary>Which requests need their output constrained.</summary>
internal static class GrammarOf
{
    /// <summary>Why <paramref name="request"/> cannot be kept to what it asks for; null when it can.</summary>
    public static Refusal? Refuse(CompletionRequest request) =>
        request.Output is not null ? NotYet("response_format")
        : request.Conversation is { MustCall: true } ? NotYet("tool_choice")
        : null;

    private static Refusal NotYet(string field) => new(RefusalKind.Unsuitable, new Sentence(
        $"此版本的引擎还不支持受约束的输出（{field}）。", $"The engine of this build does not support constrained output ('{field}') yet."), Param: field);
}
