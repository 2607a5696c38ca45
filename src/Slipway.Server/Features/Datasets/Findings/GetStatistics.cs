using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>GET /v1/datasets/{id}/statistics: how much the dataset holds, in the tokens of a model.</summary>
internal static class GetStatistics
{
    public static void Map(IEndpointRouteBuilder datasets) =>
        datasets.MapGet("/{id}/statistics", Handle).WithSummary("Records, characters, tokens by a chosen tokenizer, and lengths")
            .Produces<DatasetStatistics>().Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status404NotFound)
            .Produces<ErrorBody>(StatusCodes.Status429TooManyRequests);

    internal static async Task<IResult> Handle(
        string id, string? tokenizer, DatasetStore store, Statistician statistician, TokenizerLocator tokenizers,
        CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } found)
        {
            return DatasetAnswers.Unknown(id);
        }
        var (source, fault) = tokenizers.Find(string.IsNullOrEmpty(tokenizer) ? null : tokenizer);
        if (fault is not null)
        {
            return ErrorResult.BadRequest(fault);
        }
        var (reports, refusal) = await statistician.CountAsync(found.Files, source, cancellationToken);
        return refusal is not null ? refusal : TypedResults.Ok(Sum(found, reports, source?.Name, file => statistician.ProgressOf(file, source)));
    }

    private static DatasetStatistics Sum(
        DatasetWithFiles found, Dictionary<string, LengthReport> reports, string? tokenizer, Func<FileRow, double> progressOf)
    {
        var counts = reports.Values.ToList();
        var records = counts.Sum(count => count.Records);
        var characters = counts.Sum(count => count.Characters);
        long? tokens = tokenizer is null ? null : counts.Sum(count => count.Tokens ?? 0);
        var filled = counts.Where(count => count.Records > 0).ToList();
        return new DatasetStatistics
        {
            DatasetId = found.Dataset.Id,
            Version = DatasetAnswers.VersionOf(found),
            Status = reports.Count == found.Files.Count ? FindingStates.Complete : FindingStates.Running,
            Progress = GetValidation.Progress(found.Files, file => reports.ContainsKey(file.Id) ? 1 : progressOf(file)),
            Tokenizer = tokenizer,
            Records = records,
            Characters = characters,
            Tokens = tokens,
            Unit = tokenizer is null ? "characters" : "tokens",
            Shortest = filled.Count == 0 ? 0 : filled.Min(count => count.Shortest),
            Longest = filled.Count == 0 ? 0 : filled.Max(count => count.Longest),
            Mean = records == 0 ? 0 : (double)(tokens ?? characters) / records,
            Histogram = Histogram(filled),
        };
    }

    private static List<LengthStep> Histogram(List<LengthReport> counts)
    {
        var length = counts.Count == 0 ? 0 : counts.Max(count => count.Steps.ToList().FindLastIndex(records => records > 0) + 1);
        return [.. Enumerable.Range(0, length).Select(step => new LengthStep(
            step == 0 ? 0 : (long)LengthCount.FirstStep << (step - 1),
            (long)LengthCount.FirstStep << step,
            counts.Sum(count => count.Steps[step])))];
    }
}
