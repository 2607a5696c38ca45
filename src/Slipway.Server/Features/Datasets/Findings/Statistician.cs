using System.Text.Json;
using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>Counts how long the records of files are, in a model's tokens or in characters, and keeps the counts.</summary>
internal sealed partial class Statistician(
    FileStore store, DatasetFolder folder, TimeProvider clock, IOptions<DatasetsOptions> options, IHostApplicationLifetime lifetime,
    ILogger<Statistician> logger)
{
    // Stands for no model among the keys of tokenizers.
    private const string Characters = "characters";
    private const int RetrySeconds = 30;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly WorkLane _lane = new(lifetime.ApplicationStopping);

    /// <summary>What is known of these files; the counting of what is missing begins.</summary>
    /// <param name="files">Of one dataset.</param>
    /// <param name="source">Whose tokens; null counts characters.</param>
    /// <param name="cancellationToken">Stops the waiting, not the counting.</param>
    public async Task<(Dictionary<string, LengthReport> Reports, ErrorResult? Refusal)> CountAsync(
        IReadOnlyList<FileRow> files, TokenizerSource? source, CancellationToken cancellationToken)
    {
        var key = KeyOf(source);
        var known = await store.LengthsAsync(files, key, cancellationToken);
        var missing = files.Where(file => !known.ContainsKey(file.Id)).ToList();
        if (missing.Count > 0)
        {
            if (Begin(missing.Where(file => _lane.Find(WorkOf(file, key)) is null).ToList(), source, key) is { } refusal)
            {
                return ([], refusal);
            }
            var ends = Task.WhenAll(missing.Select(file => _lane.Find(WorkOf(file, key))?.Ended ?? Task.CompletedTask));
            await Task.WhenAny(ends, Task.Delay(Patience, clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            known = await store.LengthsAsync(files, key, cancellationToken);
        }
        return (known.ToDictionary(pair => pair.Key, pair => JsonSerializer.Deserialize(pair.Value, ReportJson.Kept.LengthReport)!), null);
    }

    /// <summary>How far one file's is, 0 to 1.</summary>
    public double ProgressOf(FileRow file, TokenizerSource? source) => _lane.Find(WorkOf(file, KeyOf(source)))?.Progress ?? 0;

    private static string KeyOf(TokenizerSource? source) => source?.Key ?? Characters;

    private static string WorkOf(FileRow file, string key) => $"{file.Id} {key}";

    private ErrorResult? Begin(List<FileRow> files, TokenizerSource? source, string key)
    {
        if (files.Count == 0)
        {
            return null;
        }
        if (_lane.Count >= options.Value.MaxStatistics)
        {
            return ErrorResult.TooManyRequests(
                $"{_lane.Count} statistics are waiting for their turn, as many as Datasets:MaxStatistics allows; ask again later.", RetrySeconds);
        }
        TextTokenCounter? counter = null;
        if (source is not null)
        {
            (counter, var fault) = TextTokenCounter.Open(source);
            if (counter is null)
            {
                return ErrorResult.BadRequest(fault);
            }
        }
        foreach (var file in files)
        {
            // They share the counter: the lane does one after another.
            _lane.Start(WorkOf(file, key), (work, stopping) => LookAsync(file, key, counter, work, stopping));
        }
        return null;
    }

    private async Task LookAsync(FileRow file, string key, TextTokenCounter? counter, WorkLane.Work work, CancellationToken cancellationToken)
    {
        try
        {
            var report = LengthCount.Run(folder.Kept(file), file.Name, counter, progress => work.Progress = progress, cancellationToken);
            await store.SaveLengthsAsync(file.Id, key, JsonSerializer.Serialize(report, ReportJson.Kept.LengthReport), cancellationToken);
        }
        catch (FileNotFoundException)
        {
            // Removed meanwhile, and nobody asks any more.
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(exception, file.Id);
        }
    }

    [LoggerMessage(2531, LogLevel.Error, "The lengths of file {Id} could not be counted; whoever asks next begins again")]
    private partial void LogFailed(Exception exception, string id);
}
