using Slipway.Client.Datasets;
using Slipway.Server.Features.Datasets.Uploads;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Datasets;

/// <summary>DELETE /v1/datasets/{id}: removes a dataset and its files, unless a run needs them.</summary>
internal static class DeleteDataset
{
    public static void Map(IEndpointRouteBuilder datasets) =>
        datasets.MapDelete("/{id}", Handle).WithSummary("Removes a dataset and its files").Produces<DatasetDeleted>()
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);

    internal static async Task<IResult> Handle(string id, DatasetStore store, UploadDesk desk, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } found)
        {
            return DatasetAnswers.Unknown(id);
        }
        var (outcome, files) = await store.DeleteAsync(found.Dataset.Id, cancellationToken);
        if (outcome != ChangeOutcome.Done)
        {
            return outcome == ChangeOutcome.InUse
                ? ErrorResult.Conflict($"The dataset '{found.Dataset.Name}' is in use by a run that has not ended; cancel it or wait for its end.")
                : DatasetAnswers.Unknown(id);
        }
        foreach (var file in files)
        {
            desk.Discard(file);
        }
        return TypedResults.Ok(new DatasetDeleted(found.Dataset.Id, "deleted"));
    }
}
