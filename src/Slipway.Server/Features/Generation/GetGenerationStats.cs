using Slipway.Client.Generation;
using Slipway.Server.Features.Generation.Figures;

namespace Slipway.Server.Features.Generation;

/// <summary>GET /stats: counts and times since the server started.</summary>
internal static class GetGenerationStats
{
    public static void Map(IEndpointRouteBuilder service) =>
        service.MapGet("/stats", (GenerationMeters meters) => TypedResults.Ok(meters.Report()))
            .WithSummary("Counts, response times and success rate of the generation service").Produces<GenerationStats>();
}
