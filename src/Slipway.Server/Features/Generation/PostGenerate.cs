using Slipway.Client.Generation;
using Slipway.Server.Features.Generation.Figures;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Generation;

/// <summary>POST /generate: one text.</summary>
internal static class PostGenerate
{
    public static void Map(IEndpointRouteBuilder service) =>
        service.MapPost("/generate", Handle).Counts("generate").ReadsBody(GenerationBody.ReadGenerate).WithSummary("Continues a prompt").UsesTokens()
            .Produces<GenerateResponse>().Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status429TooManyRequests).Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    internal static async Task<IResult> Handle(Body<GenerateRequest> body, TextWriting writing, StopGrace grace, HttpContext context)
    {
        using var stop = grace.Link(context.RequestAborted);
        var (text, refusal) = await writing.StartAsync(body.Value, CountedCall.Of(context), context.TraceIdentifier, stop.Token);
        return text is null ? refusal!.ToResult(context.Request) : TypedResults.Ok(await text.FinishAsync(stop.Token));
    }
}
