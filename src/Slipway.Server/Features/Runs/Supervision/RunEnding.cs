using System.Data.Common;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Artifacts;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Logs;
using Slipway.Server.Features.Runs.Webhooks;

namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>Writes down the end of an attempt: state, reason, artifacts and who is to be told, all at once.</summary>
internal sealed partial class RunEnding(
    RunStore store, RunFolders folders, WebhookOutbox outbox, ArtifactBell hasher, DiskGuard disk, TimeProvider clock,
    ILogger<RunEnding> logger)
{
    private const int TailLines = 400;

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = WireText.Encoder,
    };

    public async Task WriteAsync(RunRow run, Launch launch, RunEnd end, CancellationToken cancellationToken)
    {
        end = WithReason(end, launch);
        var (files, isAll) = ArtifactScan.Of(folders.Root, RunFolders.OutputName(run.Id, run.Attempt));
        if (!isAll)
        {
            end = end with { Remark = $"its output folder holds more files than are listed: of {files.Count} at most the content can be fetched" };
        }
        await store.EndAsync(run, end, async (transaction, ended) =>
        {
            await ArtifactStore.ReplaceAsync(transaction, run.Id, run.Attempt, files);
            await TellAsync(transaction, ended with { ArtifactsCount = files.Count });
        }, cancellationToken);
        disk.Forget(launch.Folder);
        LogEnded(run.Id, run.Attempt, end.Status, end.ExitCode);
        hasher.Ring();
    }

    /// <summary>Notes that those who want to know of this end are to be told.</summary>
    public Task TellAsync(DbTransaction transaction, RunRow run) =>
        outbox.AddAsync(transaction, run.Status, run.Id, JsonSerializer.Serialize(new { Event = $"run.{run.Status}", Run = run.ToDetail() }, Wire));

    /// <summary>What the log tells of a failure is better than its number.</summary>
    private RunEnd WithReason(RunEnd end, Launch launch)
    {
        if (end.Status != RunStatuses.Failed || end.FailureCode is not null)
        {
            return end;
        }
        if (end.ExitCode is null && end.FailureReason is not null)
        {
            // The outside world knows more than a log that broke off.
            return end with { FailureCode = FailureCodes.Outside };
        }
        using var log = LogReader.Open(launch.OutputFile, isEnded: true, clock);
        var tail = log.Last(new LogQuery { Limit = TailLines }).Lines.Select(line => line.Text);
        var reason = FailureReason.Find(tail, end.ExitCode);
        var words = end.FailureReason is { } said && said != reason.Sentence ? $"{said}: {reason.Sentence}" : reason.Sentence;
        return end with { FailureCode = reason.Code, FailureReason = words, Words = $"{end.Words}: {words}" };
    }

    [LoggerMessage(2445, LogLevel.Information, "Run {Id}, attempt {Attempt}, has ended: {Status}, exit code {ExitCode}")]
    private partial void LogEnded(string id, long attempt, string status, int? exitCode);
}
