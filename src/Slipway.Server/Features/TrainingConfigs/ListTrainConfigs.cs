using System.Globalization;
using Slipway.Client.TrainingConfigs;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>GET: all names, or all versions of one, a page at a time; <c>X-Total-Count</c> tells how many there are.</summary>
internal static class ListTrainConfigs
{
    private const long UsualPage = 100;
    private const long LargestPage = 1000;

    public static void Map(IEndpointRouteBuilder configs)
    {
        configs.MapGet("/v1/train-configs", Handle).WithSummary("Lists the latest version of every configuration, the newest first")
            .Produces<IReadOnlyList<TrainConfig>>().Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity);
        configs.MapGet("/v1/train-configs/{name}/versions", HandleVersions).WithSummary("Lists all versions of a configuration, the newest first")
            .Produces<IReadOnlyList<TrainConfig>>().Produces<ErrorBody>(StatusCodes.Status404NotFound)
            .Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity);
    }

    internal static Task<IResult> Handle(
        string? limit, string? offset, ConfigStore store, HttpResponse response, CancellationToken cancellationToken) =>
        AnswerAsync(limit, offset, response, (most, skipped) => store.ListAsync(most, skipped, cancellationToken));

    internal static async Task<IResult> HandleVersions(
        string name, string? limit, string? offset, ConfigStore store, HttpResponse response, CancellationToken cancellationToken) =>
        await store.FindAsync(name, null, cancellationToken) is null
            ? GetTrainConfig.Missing(name, null)
            : await AnswerAsync(limit, offset, response, (most, skipped) => store.ListAsync(name, most, skipped, cancellationToken));

    private static async Task<IResult> AnswerAsync(
        string? limit, string? offset, HttpResponse response, Func<long, long, Task<(IReadOnlyList<ConfigRow> Page, long Total)>> read)
    {
        var faults = new FaultList();
        var most = Page.Read("limit", limit, 1, LargestPage, faults) ?? UsualPage;
        var skipped = Page.Read("offset", offset, 0, long.MaxValue, faults) ?? 0;
        if (faults.Count > 0)
        {
            return new FaultsResult(faults.All);
        }
        var (configs, total) = await read(most, skipped);
        response.Headers[Page.TotalHeader] = total.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok<IReadOnlyList<TrainConfig>>([.. configs.Select(row => row.ToView())]);
    }
}
