using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Features.Deployments.Placement;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Features.Deployments.Surface;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Deployments;

/// <summary>Model servers of this machine: started, watched, routed to, and ended in order.</summary>
internal static class DeploymentsFeature
{
    public static void AddDeployments(this IServiceCollection services)
    {
        services.AddOptions<DeploymentOptions>().BindConfiguration("Deployments").ValidateOnStart();
        services.AddSingleton<IValidateOptions<DeploymentOptions>, DeploymentOptionsValidator>();
        services.AddServingEngines();
        services.AddSingleton<DeploymentFolders>();
        services.AddSingleton<DeploymentStore>();
        services.AddSingleton<ModelPlaces>();
        services.AddSingleton<ModelArtifacts>();
        services.AddSingleton<PortBook>();
        services.AddSingleton<GpuChoice>();
        services.AddSingleton<HealthProbe>();
        services.AddSingleton<ReplicaShop>();
        services.AddSingleton<DeploymentShelf>();
        services.AddSingleton<IModelSource>(provider => provider.GetRequiredService<DeploymentShelf>());
        services.AddSingleton<DeploymentDesk>();
        services.AddSingleton<DeploymentSupervisor>();
        services.AddHostedService(provider => provider.GetRequiredService<DeploymentSupervisor>());
    }

    public static void MapDeployments(this IEndpointRouteBuilder endpoints)
    {
        var deployments = endpoints.MapGroup("/deployments").WithTags("Deployments").AddEndpointFilter<ReadyFilter>()
            .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status503ServiceUnavailable, typeof(ErrorBody), ["application/json"]));
        DeploymentEndpoints.Map(deployments);
        DeploymentLogs.Map(deployments);
    }
}
