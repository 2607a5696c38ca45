using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Client.Chat;
using Slipway.Server.Platform.Telemetry;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Chat;

/// <summary>GET /health: whether the model can answer.</summary>
internal static class GetChatHealth
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder chat) =>
        chat.MapMethods("/health", Methods, Handle).WithMetadata(new ProbeEndpoint()).WithSummary("Whether the model can answer")
            .Produces<ChatHealth>().Produces<ChatHealth>(StatusCodes.Status503ServiceUnavailable);

    internal static JsonHttpResult<ChatHealth> Handle(ModelHealth health, HttpContext context) => health.Fault is { } fault
        ? TypedResults.Json(new ChatHealth("unhealthy", fault.For(context.Request)), statusCode: StatusCodes.Status503ServiceUnavailable)
        : TypedResults.Json(new ChatHealth("healthy", ServingSentences.Ready.For(context.Request)));
}
