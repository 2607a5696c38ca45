using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Datasets;

/// <summary>PATCH /v1/datasets/{id}: changes what is said about a dataset. Its files have endpoints of their own.</summary>
internal static class UpdateDataset
{
    public static void Map(IEndpointRouteBuilder datasets) =>
        datasets.MapPatch("/{id}", Handle).ReadsBody(DatasetBody.ReadUpdate).WithSummary("Changes name, type, description, task_type or metadata")
            .Produces<DatasetDetail>().Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);

    internal static async Task<IResult> Handle(
        string id, Body<UpdateDatasetRequest> body, DatasetStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } found)
        {
            return DatasetAnswers.Unknown(id);
        }
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await store.UpdateAsync(found.Dataset.Id, row => Changed(row, body.Value, now), cancellationToken) switch
        {
            ChangeOutcome.Taken => DatasetAnswers.Taken(body.Value.Name!),
            ChangeOutcome.Unknown => DatasetAnswers.Unknown(id),
            _ => await GetDatasets.Get(found.Dataset.Id, store, cancellationToken),
        };
    }

    private static DatasetRow Changed(DatasetRow row, UpdateDatasetRequest changes, long now) => row with
    {
        Name = changes.Name ?? row.Name,
        Type = changes.Type ?? row.Type,
        Description = changes.Description switch
        {
            null => row.Description,
            "" => null,
            var text => text,
        },
        TaskType = changes.TaskType ?? row.TaskType,
        Metadata = changes.Metadata is { } metadata ? DatasetBody.TextOf(metadata) : row.Metadata,
        UpdatedAt = now,
    };
}
