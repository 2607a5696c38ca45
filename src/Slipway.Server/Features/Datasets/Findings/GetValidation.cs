using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>GET /v1/datasets/{id}/validation: what was found in the files, as far as they were looked through.</summary>
internal static class GetValidation
{
    private const int MostFaults = 100;
    private const string Mixed = "mixed";

    public static void Map(IEndpointRouteBuilder datasets) =>
        datasets.MapGet("/{id}/validation", Handle).WithSummary("Recognises and counts the records; lists their faults by line")
            .Produces<DatasetValidation>().Produces<ErrorBody>(StatusCodes.Status404NotFound);

    internal static async Task<IResult> Handle(string id, DatasetStore store, Inspector inspector, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } found)
        {
            return DatasetAnswers.Unknown(id);
        }
        var reports = await inspector.ReportsAsync(found.Files, cancellationToken);
        return TypedResults.Ok(Sum(found, reports, inspector));
    }

    private static DatasetValidation Sum(DatasetWithFiles found, Dictionary<string, FileReport> reports, Inspector inspector)
    {
        var seen = found.Files.Where(file => reports.ContainsKey(file.Id)).Select(file => reports[file.Id]).ToList();
        var (records, valid) = (seen.Sum(report => report.Records), seen.Sum(report => report.Valid));
        var duplicates = seen.Sum(report => report.Duplicates);
        return new DatasetValidation
        {
            DatasetId = found.Dataset.Id,
            Version = DatasetAnswers.VersionOf(found),
            Status = seen.Count == found.Files.Count ? FindingStates.Complete : FindingStates.Running,
            Progress = Progress(found.Files, file => reports.ContainsKey(file.Id) ? 1 : inspector.ProgressOf(file.Id)),
            Format = seen.Select(report => report.Format).Distinct().ToList() is { Count: > 0 } formats
                ? formats.Count == 1 ? formats[0] : Mixed
                : null,
            Records = records,
            Valid = valid,
            Invalid = records - valid,
            EmptyTurns = seen.Sum(report => report.EmptyTurns),
            Duplicates = duplicates,
            DuplicateRate = records == 0 ? 0 : Math.Min(1, (double)duplicates / records),
            DuplicatesAreExact = seen.All(report => report.DuplicatesAreExact),
            Faults = [.. found.Files.Where(file => reports.ContainsKey(file.Id)).SelectMany(
                file => reports[file.Id].Faults.Select(fault => new DatasetFault(file.Name, fault.Line, fault.Message))).Take(MostFaults)],
            FaultsCount = seen.Sum(report => report.FaultsCount),
            Files = [.. found.Files.Select(file => Of(file, reports.GetValueOrDefault(file.Id), inspector))],
        };
    }

    /// <summary>0 to 1 over all files, each counting by its size.</summary>
    public static double Progress(IReadOnlyList<FileRow> files, Func<FileRow, double> progressOf)
    {
        var bytes = files.Sum(file => (double)file.Bytes);
        return bytes == 0 ? 1 : Math.Min(1, files.Sum(file => progressOf(file) * file.Bytes) / bytes);
    }

    private static FileValidation Of(FileRow file, FileReport? report, Inspector inspector) => report is null
        ? new FileValidation
        {
            UploadId = file.Id,
            Name = file.Name,
            Status = FindingStates.Running,
            Progress = inspector.ProgressOf(file.Id),
        }
        : new FileValidation
        {
            UploadId = file.Id,
            Name = file.Name,
            Status = FindingStates.Complete,
            Progress = 1,
            Format = report.Format,
            Container = report.Container,
            Encoding = report.Encoding,
            Records = report.Records,
            Valid = report.Valid,
            Invalid = report.Records - report.Valid,
        };
}
