using Slipway.Server.Features.Gateway.Keys;
using Slipway.Server.Features.Gateway.Metrics;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Features.Gateway.Surface;
using Slipway.Server.Features.Gateway.Upstreams.Engine;
using Slipway.Server.Features.Gateway.Upstreams.OpenAi;
using Slipway.Server.Features.Gateway.Upstreams.SageMaker;

namespace Slipway.Server.Features.Gateway;

/// <summary>One OpenAI-compatible door in front of every model.</summary>
internal static class GatewayFeature
{
    public static void AddGateway(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<GatewayOptionsValidator>();
        services.AddSingleton<AnswerLimits>();
        services.AddSingleton<ReplicaShelf>();
        services.AddSingleton<GatewayConfiguration>();
        // Before everything that begins to work at start: a mistake in the configuration is found first, and alone.
        services.AddHostedService(provider => provider.GetRequiredService<GatewayConfiguration>());
        builder.AddAccess();
        services.AddSingleton<RouteTable>();
        services.AddSingleton<CallsInFlight>();
        services.AddSingleton<Dispatcher>();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<GatewayRun>();
        services.AddSingleton<ModelList>();
        services.AddSingleton<IModelSource, LoadedModelSource>();
        services.AddSingleton<IModelSource, EndpointNames>();
        services.AddSingleton<EngineUpstream>();
        services.AddSingleton<IUpstreamFactory, EngineUpstreamFactory>();
        services.AddSingleton<IUpstreamFactory, OpenAiUpstreamFactory>();
        services.AddSingleton<IUpstreamFactory, SageMakerUpstreamFactory>();
    }

    /// <summary>Stands right behind the request log.</summary>
    public static void UseGateway(this IApplicationBuilder app) => GatewayEndpoints.UseShortcut(app);

    /// <summary>Guards all that is not a call of the gateway, which asks for keys itself.</summary>
    public static void UseKeys(this IApplicationBuilder app) => app.UseAccess();

    public static void MapGateway(this IEndpointRouteBuilder endpoints)
    {
        GatewayEndpoints.Map(endpoints);
        GetMetrics.Map(endpoints);
        endpoints.MapAccess();
    }
}
