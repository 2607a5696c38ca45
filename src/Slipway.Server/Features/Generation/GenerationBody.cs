using Slipway.Client.Generation;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Generation;

/// <summary>What the bodies of the generation service must look like.</summary>
internal static class GenerationBody
{
    private const int LongestPrompt = 32768;
    private const int MostTokens = 8192;
    private const int MostPrompts = 10;
    private const int MostStops = 4;
    private const int LongestStop = 1024;
    private const int LongestName = 1024;

    public static GenerateRequest ReadGenerate(BodyObject body) => ReadSettings(
        body, new GenerateRequest { Prompt = Prompt(body.Required("prompt")) ?? "" });

    public static ThinkRequest ReadThink(BodyObject body) => new()
    {
        Question = Prompt(body.Required("question")) ?? "",
        ThinkingDepth = body.Optional("thinking_depth").Integer32(1, 5),
        IncludeReasoning = body.Optional("include_reasoning").Flag(),
        MaxLength = MaxLength(body),
        Temperature = Temperature(body),
        Seed = Seed(body),
        Model = Model(body),
    };

    public static GenerateBatchRequest ReadBatch(BodyObject body)
    {
        var (prompts, requests) = (body.Optional("prompts"), body.Optional("requests"));
        if (prompts.IsAbsent && requests.IsAbsent)
        {
            body.Required("prompts");
        }
        else if (!prompts.IsAbsent && !requests.IsAbsent)
        {
            requests.Refuse<string>("either prompts or requests, not both", FaultTypes.Const);
        }

        return ReadSettings(body, new GenerateBatchRequest
        {
            Prompts = prompts.List(Prompt, min: 1, max: MostPrompts),
            Requests = requests.List(item => item.Object(ReadGenerate), min: 1, max: MostPrompts),
        });
    }

    private static T ReadSettings<T>(BodyObject body, T request)
        where T : GenerationSettings => request with
        {
            MaxLength = MaxLength(body),
            Temperature = Temperature(body),
            TopP = body.Optional("top_p").Number(0, 1, aboveMin: true),
            TopK = body.Optional("top_k").Integer32(0, 1000),
            DoSample = body.Optional("do_sample").Flag(),
            RepetitionPenalty = body.Optional("repetition_penalty").Number(0.5, 2),
            Stop = ReadStop(body.Optional("stop")),
            Seed = Seed(body),
            Model = Model(body),
            Chat = body.Optional("chat").Flag(),
        };

    private static string? Prompt(BodyValue value) => value.Text(min: 1, max: LongestPrompt, mayBeBlank: false);

    private static int? MaxLength(BodyObject body) => body.Optional("max_length").Integer32(1, MostTokens);

    private static double? Temperature(BodyObject body) => body.Optional("temperature").Number(0, 2);

    private static long? Seed(BodyObject body) => body.Optional("seed").Integer(0, long.MaxValue);

    private static string? Model(BodyObject body) => body.Optional("model").Text(min: 1, max: LongestName);

    private static IReadOnlyList<string>? ReadStop(BodyValue stop)
    {
        if (stop.IsList)
        {
            return stop.List(item => item.Text(min: 1, max: LongestStop), max: MostStops);
        }

        return stop.Text(min: 1, max: LongestStop) is { } one ? [one] : null;
    }
}
