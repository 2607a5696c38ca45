namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>Training configurations: YAML files under names, every version kept.</summary>
internal static class TrainingConfigsFeature
{
    /// <summary>The name behind the single slot, <c>/v1/train-config</c>.</summary>
    public const string Slot = "default";

    public static void AddTrainingConfigs(this IServiceCollection services)
    {
        services.AddSingleton<ConfigStore>();
        services.AddSingleton<ConfigShelf>();
    }

    public static void MapTrainingConfigs(this IEndpointRouteBuilder endpoints)
    {
        var configs = endpoints.MapGroup("").WithTags("Training configurations");
        PutTrainConfig.Map(configs);
        GetTrainConfig.Map(configs);
        ListTrainConfigs.Map(configs);
        DeleteTrainConfig.Map(configs);
    }
}
