using Slipway.Client.Chat;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Chat;

/// <summary>What the bodies of the chat service must look like.</summary>
internal static class ChatBody
{
    private const int MostTurns = 4096;
    private const int MostStops = 4;
    private const int LongestStop = 1024;
    private const int LongestName = 1024;

    public static ChatRequest ReadChat(BodyObject body) => new()
    {
        Message = body.Required("message").Text(min: 1, mayBeBlank: false) ?? "",
        History = body.Optional("history").List(item => item.Object(ReadTurn), max: MostTurns),
        Model = body.Optional("model").Text(max: LongestName),
        MaxTokens = body.Optional("max_tokens").Integer32(1, 1 << 20),
        Temperature = body.Optional("temperature").Number(0, 2),
        TopP = body.Optional("top_p").Number(0, 1, aboveMin: true),
        TopK = body.Optional("top_k").Integer32(0, 1000),
        Seed = body.Optional("seed").Integer(0, long.MaxValue),
        Stop = ReadStop(body.Optional("stop")),
        EnableThinking = body.Optional("enable_thinking").Flag(),
        SeparateThinking = body.Optional("separate_thinking").Flag(),
    };

    public static LoadModelRequest ReadLoad(BodyObject body) => new()
    {
        Model = body.Optional("model").Text(min: 1, max: LongestName),
        Quantization = body.Optional("quantization").Text(min: 1, max: 64),
    };

    private static ChatMessage ReadTurn(BodyObject turn) => new(
        turn.Required("role").OneOf(ChatRoles.System, ChatRoles.User, ChatRoles.Assistant) ?? "",
        turn.Required("content").Text() ?? "");

    private static IReadOnlyList<string>? ReadStop(BodyValue stop)
    {
        if (stop.IsList)
        {
            return stop.List(item => item.Text(min: 1, max: LongestStop), max: MostStops);
        }

        return stop.Text(min: 1, max: LongestStop) is { } one ? [one] : null;
    }
}
