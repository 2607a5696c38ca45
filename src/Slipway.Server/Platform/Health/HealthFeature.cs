using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Client.Health;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Telemetry;

namespace Slipway.Server.Platform.Health;

internal static class HealthFeature
{
    // Load balancers like to ask with HEAD.
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void AddHealth(this IServiceCollection services)
    {
        // Taken now: a service is made when it is first asked for, which may be days later.
        services.AddSingleton(new ServerStart(TimeProvider.System.GetTimestamp()));
        services.AddSingleton<HealthReporter>();
    }

    /// <summary>Four paths that never need a key.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var health = endpoints.MapGroup("").WithTags("Health").WithMetadata(new ProbeEndpoint()).NeedsNoKey();
        health.MapMethods("/health", Methods, GetHealth).WithSummary("How the server is")
            .Produces<HealthReport>().Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable);
        health.MapMethods("/ping", Methods, () => TypedResults.Ok(new Ping(true, "EMD Web API is running")))
            .WithSummary("Whether the server answers at all");
        health.MapMethods("/healthz", Methods, () => TypedResults.Ok(new Healthz("ok")))
            .WithSummary("Whether the server answers at all");
        health.MapMethods("/_internal/health", Methods, GetInternalHealth).WithSummary("For the deployment supervisor")
            .ExcludeFromDescription();
    }

    private static JsonHttpResult<HealthReport> GetHealth(HealthReporter reporter)
    {
        var (report, isUnhealthy) = reporter.Report();
        return TypedResults.Json(report, statusCode: isUnhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    private static JsonHttpResult<Readiness> GetInternalHealth(HealthReporter reporter)
    {
        var report = reporter.ReportReadiness();
        return TypedResults.Json(report, statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    internal sealed record Ping(bool Success, string Message);

    internal sealed record Healthz(string Status);
}
