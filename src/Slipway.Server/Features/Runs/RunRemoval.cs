using Slipway.Server.Features.Projects;

namespace Slipway.Server.Features.Runs;

/// <summary>A project that goes takes its ended runs along.</summary>
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
            if (await store.DeleteAsync(run.Id, cancellationToken))
            {
                folders.Remove(run.Id);
            }
        }
        return null;
    }
}
