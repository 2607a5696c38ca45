namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>
/// Removes the folders of runs that a killed server had not noted yet, or had removed already. Others who share the folder may be in
/// the middle of making one just now: what is young is left for the next start.
/// </summary>
internal sealed partial class RunSweep(
    RunFolders folders, RunFolderRemoval removal, RunStore store, TimeProvider clock, ILogger<RunSweep> logger)
{
    private static readonly TimeSpan Youngest = TimeSpan.FromHours(1);

    /// <summary>Never throws but when it is called off: a sweep that fails is done at the next start.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var count = 0;
            foreach (var id in folders.Passing((clock.GetUtcNow() - Youngest).UtcDateTime))
            {
                if (await store.FindAsync(id, cancellationToken) is not null)
                {
                    folders.Settle(id);
                    continue;
                }
                removal.Remove(id);
                count++;
            }
            removal.Finish();
            if (count > 0)
            {
                LogSwept(count, folders.Root);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(folders.Root, exception);
        }
    }

    [LoggerMessage(2447, LogLevel.Information, "Removed {Count} folders below {Folder} that belonged to no run")]
    private partial void LogSwept(int count, string folder);

    [LoggerMessage(2448, LogLevel.Warning, "Folders below {Folder} that belong to no run could not be removed")]
    private partial void LogFailed(string folder, Exception exception);
}
