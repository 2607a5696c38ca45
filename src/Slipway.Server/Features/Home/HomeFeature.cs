using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Home;

internal static class HomeFeature
{
    /// <summary>Tells who came by the bare address what answers here and where to look.</summary>
    public static void MapHome(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/", () => TypedResults.Ok(new Welcome(
                "slipway", ServerVersion.Text, Docs: "/docs", Health: "/health", Chat: "/api/v1/chat")))
            .WithTags("Health").WithSummary("What this server is").NeedsNoKey();

    private sealed record Welcome(string Name, string Version, string Docs, string Health, string Chat);
}
