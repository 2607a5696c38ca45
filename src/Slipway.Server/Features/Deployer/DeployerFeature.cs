using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.SageMaker;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Features.Deployer.Surface;
using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Deployer;

/// <summary>Deploys models of a catalog, to Amazon SageMaker or to this machine. Its <c>GET /ping</c> is that of the whole server.</summary>
internal static class DeployerFeature
{
    public const string SageMakerSection = "Deployer:SageMaker";

    public static void AddDeployer(this IServiceCollection services)
    {
        services.AddOptions<CatalogOptions>().BindConfiguration("Catalog");
        services.AddSingleton<ModelCatalog>();
        services.AddHostedService<CatalogFollower>();
        services.AddSingleton<DeployedModelStore>();
        services.AddSingleton<DeployBell>();
        services.AddSingleton<IDeployService, LocalService>();
        services.AddOptions<SageMakerOptions>().BindConfiguration(SageMakerSection).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SageMakerOptions>, SageMakerOptionsValidator>();
        services.AddSingleton<EndpointPlanner>();
        services.AddSingleton<EnvironmentStack>();
        services.AddSingleton<StackWatch>();
        services.AddSingleton<IDeployService, SageMakerService>();
        services.AddSingleton<DeployedRoutes>();
        services.AddSingleton<IModelSource>(provider => provider.GetRequiredService<DeployedRoutes>());
        services.AddHostedService<DeployReconciler>();
    }

    public static void MapDeployer(this IEndpointRouteBuilder endpoints)
    {
        var deployer = endpoints.MapGroup("").WithTags("Model deployer");
        ModelEndpoints.Map(deployer);
        DeployEndpoints.Map(deployer);
    }
}
