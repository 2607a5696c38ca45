using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Datasets;

/// <summary>POST /v1/datasets: a dataset without files.</summary>
internal static class CreateDataset
{
    public static void Map(IEndpointRouteBuilder datasets) =>
        datasets.MapPost("/", Handle).ReadsBody(DatasetBody.ReadCreate).WithSummary("Makes a dataset; its files are uploaded afterwards")
            .Produces<DatasetCreated>(StatusCodes.Status201Created).Produces<ErrorBody>(StatusCodes.Status409Conflict);

    internal static async Task<IResult> Handle(
        Body<CreateDatasetRequest> body, DatasetStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        // To the millisecond, as it is kept.
        var now = DatasetAnswers.Time(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var dataset = new DatasetRow
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Name = body.Value.Name,
            Type = body.Value.Type,
            Description = body.Value.Description,
            TaskType = body.Value.TaskType,
            Metadata = DatasetBody.TextOf(body.Value.Metadata),
            CreatedAt = now.ToUnixTimeMilliseconds(),
            UpdatedAt = now.ToUnixTimeMilliseconds(),
        };
        return await store.TryAddAsync(dataset, cancellationToken)
            ? TypedResults.Created($"/v1/datasets/{dataset.Id}", new DatasetCreated(dataset.Id, now))
            : DatasetAnswers.Taken(dataset.Name);
    }
}
