using Microsoft.AspNetCore.Cors.Infrastructure;
using Slipway.Server.Platform.Telemetry;

namespace Slipway.Server.Platform.Cors;

internal static class CorsFeature
{
    /// <summary>What a page's script may read of an answer, beside what browsers show anyhow: pages, places, uploads.</summary>
    private static readonly string[] Exposed =
    [
        RequestId.Header, "Retry-After", "Location", "ETag", "Content-Disposition", "Content-Range", "Accept-Ranges", "X-Total-Count",
        "X-Next-Line", "Upload-Offset", "Upload-Length", "Upload-Expires", "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size",
    ];

    /// <summary>In development any web page may call; in production those of the list <c>Cors:Origins</c>.</summary>
    public static void AddOrigins(this WebApplicationBuilder builder)
    {
        var origins = builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? [];
        var any = builder.Environment.IsDevelopment() || origins.Contains("*");
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => Allow(policy, any, origins)));
    }

    private static void Allow(CorsPolicyBuilder policy, bool any, string[] origins)
    {
        _ = any ? policy.AllowAnyOrigin() : policy.WithOrigins(origins);
        policy.AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(Exposed);
    }
}
