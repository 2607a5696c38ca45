namespace Slipway.Server.Features.Deployments.Engines;

internal static class EnginesFeature
{
    public static void AddServingEngines(this IServiceCollection services)
    {
        services.AddOptions<EngineOptions>().BindConfiguration("Deployments:Engines").ValidateOnStart();
        services.AddSingleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>();
        services.AddSingleton<IServingEngine, VllmEngine>();
        services.AddSingleton<IServingEngine, SglangEngine>();
        services.AddSingleton<IServingEngine, LlamaServerEngine>();
        services.AddSingleton<IServingEngine, SlipwayEngine>();
        services.AddSingleton<EngineChoice>();
    }
}
