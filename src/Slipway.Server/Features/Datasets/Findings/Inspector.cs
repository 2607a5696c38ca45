using System.Text.Json;
using Slipway.Client.Datasets;
using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Features.Datasets.Records;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>Looks through every file once, as soon as it has arrived, and keeps what it found.</summary>
internal sealed partial class Inspector(
    FileStore store, DatasetFolder folder, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<Inspector> logger)
{
    // Small files are done at once; whoever asks for a large one's is told how far it has come.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly WorkLane _lane = new(lifetime.ApplicationStopping);

    /// <summary>Begins with what the last server had not come to.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var file in await store.UnseenAsync(cancellationToken))
        {
            Start(file);
        }
    }

    public void Start(FileRow file) => _lane.Start(file.Id, (work, stopping) => LookAsync(file, work, stopping));

    /// <summary>How far one file's is, 0 to 1.</summary>
    public double ProgressOf(string fileId) => _lane.Find(fileId)?.Progress ?? 0;

    /// <summary>Reports of these files by id, after waiting a little for those that are missing.</summary>
    public async Task<Dictionary<string, FileReport>> ReportsAsync(IReadOnlyList<FileRow> files, CancellationToken cancellationToken)
    {
        await Task.WhenAny(EndAsync(files), Task.Delay(Patience, clock, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        var reports = await store.ReportsAsync(files, cancellationToken);
        return reports.ToDictionary(pair => pair.Key, pair => JsonSerializer.Deserialize(pair.Value, ReportJson.Kept.FileReport)!);
    }

    /// <summary>Ends when all of these files were looked through.</summary>
    public Task EndAsync(IReadOnlyList<FileRow> files) =>
        Task.WhenAll(files.Select(file => _lane.Find(file.Id)?.Ended ?? Task.CompletedTask));

    private async Task LookAsync(FileRow file, WorkLane.Work work, CancellationToken cancellationToken)
    {
        FileReport report;
        try
        {
            report = FileInspection.Run(folder.Kept(file), file.Name, progress => work.Progress = progress, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (await store.FindAsync(file.Id, cancellationToken) is null)
            {
                return;
            }
            LogUnreadable(exception, file.Id);
            report = Unreadable();
        }
        try
        {
            long? records = report.Container == Containers.Unknown ? null : report.Records;
            await store.SaveReportAsync(file.Id, JsonSerializer.Serialize(report, ReportJson.Kept.FileReport), records, cancellationToken);
            LogLooked(file.Id, report.Records, report.FaultsCount);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotKept(exception, file.Id);
        }
    }

    private static FileReport Unreadable() => new()
    {
        Format = RecordFormats.Unknown,
        Style = RecordFormats.Unknown,
        Container = Containers.Unknown,
        Encoding = Encodings.Unknown,
        Faults = [new LineFault(0, "The server could not read the file from its disk; its log says why.")],
        FaultsCount = 1,
        Columns = new Dictionary<string, string>(),
    };

    [LoggerMessage(2521, LogLevel.Information, "File {Id} was looked through: {Records} records, {Faults} faults")]
    private partial void LogLooked(string id, long records, long faults);

    [LoggerMessage(2522, LogLevel.Error, "File {Id} cannot be read")]
    private partial void LogUnreadable(Exception exception, string id);

    [LoggerMessage(2523, LogLevel.Error, "What was found in file {Id} could not be kept; it is looked through again after the next start")]
    private partial void LogNotKept(Exception exception, string id);
}
