using Slipway.Client.Generation;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving.Formats;

namespace Slipway.Server.Features.Generation;

/// <summary>POST /quantization: switches the format while the model serves. Answers when the model computes with it.</summary>
internal static class PostQuantization
{
    public static void Map(IEndpointRouteBuilder service) =>
        service.MapPost("/quantization", Handle).ReadsBody(Read).WithSummary("Switches the format of the weights while they serve").NeedsAdmin()
            .Produces<QuantizationStatus>().Produces<ErrorBody>(StatusCodes.Status409Conflict).Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    internal static async Task<IResult> Handle(Body<SwitchFormatRequest> body, FormatSwitch formats, HttpContext context) =>
        await formats.SwitchAsync(WeightFormats.Parse(body.Value.Format), context.RequestAborted) is { } refusal
            ? refusal.ToResult(context.Request)
            : await GetQuantization.Handle(formats, context);

    private static SwitchFormatRequest Read(BodyObject body) => new(body.Required("format").OneOf([.. WeightFormats.Accepted]) ?? "");
}
