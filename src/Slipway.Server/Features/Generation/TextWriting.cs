using System.Text.Json.Nodes;
using Slipway.Client.Generation;
using Slipway.Server.Features.Generation.Figures;
using Slipway.Server.Platform.Json;
using Slipway.Server.Serving;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Generation;

/// <summary>Starts texts.</summary>
internal sealed class TextWriting(Completing completing, TimeProvider clock)
{
    public const int DefaultLength = 512;
    public const double DefaultTemperature = 0.7;
    public const double DefaultTopP = 0.9;

    /// <summary>Queues a text; it has to be finished. Or says why there is none.</summary>
    public async Task<(StartedText? Text, Refusal? Refusal)> StartAsync(
        GenerateRequest request, CountedCall call, string id, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var (completion, refusal) = await completing.StartAsync(ToCompletion(request), cancellationToken);
        return completion is null ? (null, refusal) : (new StartedText(completion, call, id, started, clock), null);
    }

    /// <summary>The question as a conversation of one message.</summary>
    public static Conversation Ask(string question) => new()
    {
        Messages = [new JsonObject { ["role"] = "user", ["content"] = question }],
    };

    private static CompletionRequest ToCompletion(GenerateRequest request) => new()
    {
        Model = request.Model,
        Conversation = request.Chat is true ? Ask(request.Prompt) : null,
        Prompts = request.Chat is true ? [] : [new Prompt(request.Prompt, Tokens: null)],
        MaxTokens = request.MaxLength ?? DefaultLength,
        Stop = request.Stop ?? [],
        Sampling = new SamplingWishes
        {
            Temperature = request.DoSample is false ? 0 : request.Temperature ?? DefaultTemperature,
            TopP = request.TopP ?? DefaultTopP,
            TopK = request.TopK ?? 0,
            RepetitionPenalty = request.RepetitionPenalty ?? 1,
            Seed = request.Seed,
        },
    };
}

/// <summary>A text on its way. Finishing gives the model back, whatever comes of it.</summary>
internal sealed class StartedText(Completion completion, CountedCall call, string id, long started, TimeProvider clock)
{
    public async Task<GenerateResponse> FinishAsync(CancellationToken cancellationToken)
    {
        var choice = (await call.ReadAsync(completion, cancellationToken))[0];
        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        var account = completion.Account;
        return new GenerateResponse
        {
            GeneratedText = choice.Text,
            Reasoning = choice.Reasoning.Length > 0 ? choice.Reasoning : null,
            PromptTokens = account.Prompt,
            CompletionTokens = account.Completion,
            TotalTokens = account.Prompt + account.Completion,
            GenerationTime = seconds,
            TokensPerSecond = Rate.Of(account.Completion, seconds),
            FinishReason = choice.FinishReason,
            Model = completion.Model,
            RequestId = id,
            CreatedAt = Moment.Now(clock),
        };
    }
}
