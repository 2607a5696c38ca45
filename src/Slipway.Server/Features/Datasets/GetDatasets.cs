using System.Globalization;
using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Datasets;

/// <summary>GET /v1/datasets and /v1/datasets/{id}.</summary>
internal static class GetDatasets
{
    private const string TotalHeader = "X-Total-Count";

    public static void Map(IEndpointRouteBuilder datasets)
    {
        datasets.MapGet("/", List).WithSummary("Datasets, the newest first; X-Total-Count has their number").Produces<DatasetDetail[]>()
            .Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity);
        datasets.MapGet("/{id}", Get).WithSummary("A dataset by its id or name").Produces<DatasetDetail>()
            .Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    internal static async Task<IResult> Get(string id, DatasetStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } found
            ? TypedResults.Ok(DatasetAnswers.Detail(found))
            : DatasetAnswers.Unknown(id);

    internal static async Task<IResult> List(HttpContext context, DatasetStore store, CancellationToken cancellationToken)
    {
        var faults = new FaultList();
        var query = DatasetQuery.Read(context.Request.Query, faults);
        if (faults.Count > 0)
        {
            return new FaultsResult(faults.All);
        }
        var (page, total) = await store.ListAsync(query, cancellationToken);
        context.Response.Headers[TotalHeader] = total.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(page.ConvertAll(DatasetAnswers.Detail));
    }
}
