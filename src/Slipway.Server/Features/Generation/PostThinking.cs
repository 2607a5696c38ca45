using System.Text.Json.Nodes;
using Slipway.Client.Generation;
using Slipway.Server.Features.Generation.Figures;
using Slipway.Server.Features.Generation.Thinking;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Generation;

/// <summary>POST /thinking: a question answered with its reasoning, at a chosen depth, with a confidence.</summary>
internal static class PostThinking
{
    private const int DefaultDepth = 3;
    private const int LeastBudget = 256;

    public static void Map(IEndpointRouteBuilder service) =>
        service.MapPost("/thinking", Handle).Counts("thinking").ReadsBody(GenerationBody.ReadThink)
            .WithSummary("Answers a question with its reasoning and a confidence").UsesTokens()
            .Produces<ThinkResponse>().Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status429TooManyRequests).Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    internal static async Task<IResult> Handle(
        Body<ThinkRequest> body, Completing completing, StopGrace grace, TimeProvider clock, HttpContext context)
    {
        using var stop = grace.Link(context.RequestAborted);
        var (request, started) = (body.Value, clock.GetTimestamp());
        var (completion, refusal) = await completing.StartAsync(ToCompletion(request), stop.Token);
        if (completion is null)
        {
            return refusal!.ToResult(context.Request);
        }

        var samples = (await CountedCall.Of(context).ReadAsync(completion, stop.Token)).Select(Sample.Of).ToList();
        var verdict = Verdict.Of(samples);
        var (chosen, account) = (verdict.Chosen, completion.Account);
        var steps = ThoughtSteps.Split(chosen.Reasoning);
        var issues = ThoughtCheck.FindIssues(chosen);
        var shows = request.IncludeReasoning is not false && chosen.HasThought;
        return TypedResults.Ok(new ThinkResponse
        {
            Answer = chosen.Answer,
            Reasoning = shows ? chosen.Reasoning : null,
            ReasoningSteps = shows ? steps : null,
            Confidence = verdict.Confidence,
            ThinkingDepth = DepthOf(request),
            Validation = new ThoughtValidation(issues.Count == 0, steps.Count, issues),
            Samples = samples.Count,
            AgreeingSamples = verdict.Agreeing,
            PromptTokens = account.Prompt,
            ThinkingTokens = chosen.ThinkingTokens,
            AnswerTokens = chosen.AnswerTokens,
            TotalTokens = account.Prompt + account.Completion,
            GenerationTime = clock.GetElapsedTime(started).TotalSeconds,
            Model = completion.Model,
            RequestId = context.TraceIdentifier,
        });
    }

    private static int DepthOf(ThinkRequest request) => request.ThinkingDepth ?? DefaultDepth;

    private static CompletionRequest ToCompletion(ThinkRequest request) => new()
    {
        Model = request.Model,
        Conversation = TextWriting.Ask(request.Question) with { Variables = new JsonObject { ["enable_thinking"] = true } },
        Choices = DepthOf(request) switch
        {
            4 => 3,
            5 => 5,
            _ => 1,
        },
        ThinkingBudget = LeastBudget << (DepthOf(request) - 1),
        MaxAnswerTokens = request.MaxLength ?? TextWriting.DefaultLength,
        Sampling = new SamplingWishes
        {
            Temperature = request.Temperature ?? TextWriting.DefaultTemperature,
            TopP = TextWriting.DefaultTopP,
            Seed = request.Seed,
            // None beside the token that was taken.
            TopLogprobs = 0,
        },
    };
}
