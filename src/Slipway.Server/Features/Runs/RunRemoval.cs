using Slipway.Server.Features.Projects;

namespace Slipway.Server.Features.Runs;

/// <summary>Removes ended runs with their folders. A project that goes takes its own along.</summary>
internal sealed class RunRemoval(RunStore store, RunFolders folders) : IProjectRemoval
{
    public async Task<string?> RemoveAsync(string projectId, CancellationToken cancellationToken)
    {
        var (runs, active) = await store.OfProjectAsync(projectId, cancellationToken);
        if (active is not null)
        {
            return $"The run '{active}' of this project is still active; cancel it first, or wait for its end.";
        }
        foreach (var run in runs)
        {
            await RemoveRunAsync(run.Id, cancellationToken);
        }
        return null;
    }

    /// <summary>Returns false when the run is not there or has not ended.</summary>
    public async Task<bool> RemoveRunAsync(string id, CancellationToken cancellationToken)
    {
        folders.BeginPassing(id);
        if (!await store.DeleteAsync(id, cancellationToken))
        {
            folders.Settle(id);
            return false;
        }
        folders.Remove(id);
        return true;
    }
}
