namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Opens the logs of runs.</summary>
internal sealed class RunLogShelf(RunStore store, RunFolders folders, TimeProvider clock)
{
    /// <summary>The run and its log as they are now; null when there is no such run.</summary>
    public async Task<(RunRow Run, RunLog Log)?> OpenAsync(string id, CancellationToken cancellationToken)
    {
        // The run first: an end that comes in between is then seen in the next look, with all its lines.
        if (await store.FindAsync(id, cancellationToken) is not { } run)
        {
            return null;
        }
        return (run, RunLog.Of(run.Id, await store.EventsAsync(run.Id, cancellationToken), folders, clock));
    }
}
