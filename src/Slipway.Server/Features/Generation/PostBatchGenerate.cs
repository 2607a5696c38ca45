using Slipway.Client.Generation;
using Slipway.Server.Features.Generation.Figures;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Generation;

/// <summary>POST /batch_generate: up to ten texts, together in one batch.</summary>
internal static class PostBatchGenerate
{
    public static void Map(IEndpointRouteBuilder service) =>
        service.MapPost("/batch_generate", Handle).Counts("batch_generate").ReadsBody(GenerationBody.ReadBatch)
            .WithSummary("Continues up to ten prompts together").UsesTokens()
            .Produces<GenerateBatchResponse>().Produces<ErrorBody>(StatusCodes.Status429TooManyRequests)
            .Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    internal static async Task<IResult> Handle(
        Body<GenerateBatchRequest> body, BatchWriting writing, StopGrace grace, TimeProvider clock, HttpContext context)
    {
        using var stop = grace.Link(context.RequestAborted);
        var started = clock.GetTimestamp();
        var (results, refusal) = await writing.WriteAsync(Split(body.Value), context, stop.Token);
        if (results is null)
        {
            return refusal!.ToResult(context.Request);
        }

        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        var succeeded = results.Count(item => item.Success);
        return TypedResults.Ok(new GenerateBatchResponse
        {
            Results = results,
            Stats = new GenerateBatchStats(
                results.Count, succeeded, results.Count - succeeded, seconds,
                results.Sum(item => item.Result?.TotalTokens ?? 0),
                Rate.Of(results.Sum(item => item.Result?.CompletionTokens ?? 0), seconds)),
        });
    }

    private static IReadOnlyList<GenerateRequest> Split(GenerateBatchRequest batch) => batch.Requests ?? [.. batch.Prompts!.Select(prompt =>
        new GenerateRequest
        {
            Prompt = prompt,
            MaxLength = batch.MaxLength,
            Temperature = batch.Temperature,
            TopP = batch.TopP,
            TopK = batch.TopK,
            DoSample = batch.DoSample,
            RepetitionPenalty = batch.RepetitionPenalty,
            Stop = batch.Stop,
            Seed = batch.Seed,
            Model = batch.Model,
            Chat = batch.Chat,
        })];
}
