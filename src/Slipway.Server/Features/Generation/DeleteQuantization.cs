using Slipway.Client.Generation;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Serving.Formats;

namespace Slipway.Server.Features.Generation;

/// <summary>DELETE /quantization: cancels the switch under way, if there is one. Answers what is in use once it has ended.</summary>
internal static class DeleteQuantization
{
    public static void Map(IEndpointRouteBuilder service) =>
        service.MapDelete("/quantization", Handle).WithSummary("Cancels the switch under way").NeedsAdmin()
            .Produces<QuantizationStatus>().Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    internal static async Task<IResult> Handle(FormatSwitch formats, HttpContext context)
    {
        await formats.CancelAsync(context.RequestAborted);
        return await GetQuantization.Handle(formats, context);
    }
}
