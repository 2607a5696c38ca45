using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Features.Deployer.Surface;

namespace Slipway.Server.Features.Deployer;

/// <summary>Deploys models of a catalog, to Amazon SageMaker or to this machine. Its <c>GET /ping</c> is that of the whole server.</summary>
internal static class DeployerFeature
{
    public static void AddDeployer(this IServiceCollection services)
    {
        services.AddOptions<CatalogOptions>().BindConfiguration("Catalog");
        services.AddSingleton<ModelCatalog>();
        services.AddHostedService<CatalogFollower>();
        services.AddSingleton<DeployedModelStore>();
        services.AddSingleton<DeployBell>();
        services.AddSingleton<IDeployService, LocalService>();
        services.AddHostedService<DeployReconciler>();
    }

    public static void MapDeployer(this IEndpointRouteBuilder endpoints)
    {
        var deployer = endpoints.MapGroup("").WithTags("Model deployer");
        ModelEndpoints.Map(deployer);
        DeployEndpoints.Map(deployer);
    }
}
