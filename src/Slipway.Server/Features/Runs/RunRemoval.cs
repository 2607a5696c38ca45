using System.Data.Common;
using Slipway.Server.Features.Projects;

namespace Slipway.Server.Features.Runs;

/// <summary>A project that goes takes its ended runs along.</summary>
internal sealed class RunRemoval(RunFolderRemoval folders) : IProjectRemoval
{
    public async Task<ProjectRemains> RemoveAsync(DbTransaction transaction, string projectId)
    {
        var (removed, active) = await RunStore.DeleteOfProjectAsync(transaction, projectId);
        return active is not null
            ? new ProjectRemains($"The run '{active}' of this project is still active; cancel it first, or wait for its end.", () => { })
            : new ProjectRemains(null, () => folders.Remove(removed));
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

    [LoggerMessage(2449, LogLevel.Warning, "Of a removed run '{Folder}' is left; remove it by hand: {Reason}")]
    private partial void LogLeft(string folder, string reason);
}
