using System.Data.Common;
using Slipway.Server.Features.Projects;

namespace Slipway.Server.Features.Runs;

/// <summary>Removes ended runs with their folders. A project that goes takes its own along.</summary>
internal sealed class RunRemoval(RunStore store, RunFolders folders, RunFolderRemoval files) : IProjectRemoval
{
    public async Task<ProjectRemains> RemoveAsync(DbTransaction transaction, string projectId)
    {
        var (removed, active) = await RunStore.DeleteOfProjectAsync(transaction, projectId);
        if (active is not null)
        {
            return new ProjectRemains($"The run '{active}' of this project is still active; cancel it first, or wait for its end.", () => { });
        }
        foreach (var id in removed)
        {
            folders.BeginPassing(id);
        }
        return new ProjectRemains(null, () => files.Remove(removed));
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
        files.Remove(id);
        return true;
    }
}

/// <summary>Removes the files of runs that nobody knows any more. What a script has made irremovable is left, and told.</summary>
internal sealed partial class RunFolderRemoval(RunFolders folders, ILogger<RunFolderRemoval> logger)
{
    public void Remove(params IReadOnlyList<string> runIds)
    {
        foreach (var id in runIds)
        {
            if (folders.Remove(id) is { } reason)
            {
                LogLeft(folders.Of(id), reason);
            }
        }
    }

    /// <summary>Goes on with removals that were cut short.</summary>
    public void Finish()
    {
        foreach (var (folder, reason) in folders.FinishRemovals())
        {
            LogLeft(folder, reason);
        }
    }

    [LoggerMessage(2449, LogLevel.Warning, "Of a removed run '{Folder}' is left; remove it by hand: {Reason}")]
    private partial void LogLeft(string folder, string reason);
}
