using Slipway.Client.TrainingConfigs;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>DELETE: a name goes with all its versions. Runs keep the copies that they ran with.</summary>
internal static class DeleteTrainConfig
{
    private static readonly DeletedTrainConfig Deleted = new("train_config_deleted");

    public static void Map(IEndpointRouteBuilder configs)
    {
        configs.MapDelete("/v1/train-config", HandleSlot).WithSummary("Empties the single slot")
            .Produces<DeletedTrainConfig>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        configs.MapDelete("/v1/train-configs/{name}", Handle).WithSummary("Removes a configuration with all its versions")
            .Produces<DeletedTrainConfig>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    internal static async Task<IResult> HandleSlot(ConfigStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(TrainingConfigsFeature.Slot, cancellationToken)
            ? TypedResults.Ok(Deleted)
            : ErrorResult.NotFound("No training configuration is in the slot; there is nothing to delete.");

    internal static async Task<IResult> Handle(string name, ConfigStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(name, cancellationToken) ? TypedResults.Ok(Deleted) : GetTrainConfig.Missing(name, null);
}
