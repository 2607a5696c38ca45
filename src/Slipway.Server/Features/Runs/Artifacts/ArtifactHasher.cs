using System.Security.Cryptography;
using Slipway.Server.Platform.Files;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs.Artifacts;

/// <summary>Computes the hashes of what ended runs have left. A run's end does not wait for it: models are large.</summary>
internal sealed partial class ArtifactHasher(
    ArtifactStore store, RunFolders folders, ArtifactBell bell, ILogger<ArtifactHasher> logger) : BackgroundService
{
    private const int BufferBytes = 1 << 20;

    // Another server on the same folder may have ended a run.
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await store.UnhashedAsync(folders.Owner, stoppingToken) is { Count: > 0 } waiting)
                {
                    foreach (var artifact in waiting)
                    {
                        await HashAsync(artifact, stoppingToken);
                    }
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(exception);
            }
            await bell.WaitAsync(Beat, stoppingToken);
        }
    }

    private async Task HashAsync(ArtifactRow artifact, CancellationToken cancellationToken)
    {
        string hash;
        long bytes;
        try
        {
            await using var file = PlainFile.TryOpenStreamInside(folders.Root, artifact.PathInRuns, BufferBytes)
                ?? throw new FileNotFoundException("it is gone, or no ordinary file");
            hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
            bytes = file.Position;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(artifact.RunId, artifact.Id, exception.Message);
            await store.DropAsync(artifact, cancellationToken);
            return;
        }
        await store.HashedAsync(artifact, hash, bytes, cancellationToken);
    }

    [LoggerMessage(2443, LogLevel.Error, "Hashing the artifacts failed; it is tried again in half a minute")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(2444, LogLevel.Warning, "Run {RunId}: artifact {Id} cannot be read any more and is taken out of the list: {Reason}")]
    private partial void LogUnreadable(string runId, string id, string reason);
}

/// <summary>Wakes the hasher.</summary>
internal sealed class ArtifactBell(TimeProvider clock) : Bell(clock);
