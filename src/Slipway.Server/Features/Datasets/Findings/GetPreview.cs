using System.Text;
using Slipway.Client.Datasets;
using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Features.Datasets.Records;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>GET /v1/datasets/{id}/preview: the first records as they are.</summary>
internal static class GetPreview
{
    private const int Usual = 10;
    private const int Most = 100;
    private const int LongestRecord = 64 << 10;
    private const int LongestText = 1000;

    public static void Map(IEndpointRouteBuilder datasets) =>
        datasets.MapGet("/{id}/preview", Handle).WithSummary("The first records, parsed").Produces<DatasetPreview>()
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity);

    internal static async Task<IResult> Handle(
        string id, HttpContext context, DatasetStore store, DatasetFolder folder, CancellationToken cancellationToken)
    {
        var faults = new FaultList();
        var limit = (int)(DatasetQuery.Number(context.Request.Query, "limit", 1, Most, faults) ?? Usual);
        if (faults.Count > 0)
        {
            return new FaultsResult(faults.All);
        }
        if (await store.FindAsync(id, cancellationToken) is not { } found)
        {
            return DatasetAnswers.Unknown(id);
        }
        try
        {
            var records = await Task.Run(() => Records(found.Files, folder).Take(limit).ToList(), cancellationToken);
            return TypedResults.Ok(new DatasetPreview(found.Dataset.Id, DatasetAnswers.VersionOf(found), records));
        }
        catch (FileNotFoundException)
        {
            return ErrorResult.Conflict($"A file of the dataset '{found.Dataset.Name}' was removed meanwhile; ask again.");
        }
    }

    private static IEnumerable<PreviewRecord> Records(IReadOnlyList<FileRow> files, DatasetFolder folder)
    {
        foreach (var file in files)
        {
            using var records = RecordFile.Open(folder.Kept(file), file.Name);
            if (records.Fault is { } fault)
            {
                yield return Of(file, new RawRecord(0, default, fault));
            }
            foreach (var record in records.Read())
            {
                yield return Of(file, record);
            }
        }
    }

    private static PreviewRecord Of(FileRow file, RawRecord record)
    {
        var shown = new PreviewRecord
        {
            UploadId = file.Id,
            File = file.Name,
            Line = record.Line,
        };
        if (record.Json.Length > LongestRecord)
        {
            return shown with { Fault = $"The record has {record.Json.Length} bytes, too many to be shown.", Text = Beginning(record.Json.Span) };
        }
        var (document, fault) = FileInspection.Parse(record);
        using (document)
        {
            return document is null
                ? shown with { Fault = fault, Text = Beginning(record.Json.Span) }
                : shown with { Record = document.RootElement.Clone() };
        }
    }

    private static string Beginning(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, LongestText)]).TrimEnd();
        return bytes.Length > LongestText ? text.TrimEnd('\uFFFD') + "…" : text;
    }
}
