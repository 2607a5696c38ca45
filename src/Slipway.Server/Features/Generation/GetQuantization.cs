using Slipway.Client.Generation;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Serving.Formats;

namespace Slipway.Server.Features.Generation;

/// <summary>GET /quantization: what format the weights are in, and which others there are.</summary>
internal static class GetQuantization
{
    public static void Map(IEndpointRouteBuilder service) =>
        service.MapGet("/quantization", Handle).WithSummary("The format of the weights, and those it can be switched to")
            .Produces<QuantizationStatus>().Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    internal static async Task<IResult> Handle(FormatSwitch formats, HttpContext context)
    {
        var (known, refusal) = await formats.LookAsync(context.RequestAborted);
        return known is null ? refusal!.ToResult(context.Request) : TypedResults.Ok(QuantizationView.Of(known, formats.Progress));
    }
}
