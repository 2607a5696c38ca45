using System.Globalization;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Deployments;

/// <summary>Where deployments keep their files: <c>deployments/ID/NUMBER/ATTEMPT</c> for each start of a server, logs in <c>deploy_logs</c>.</summary>
internal sealed class DeploymentFolders
{
    private const string LogsName = "deploy_logs";
    private const string ModelName = "model";

    private readonly OwnedFolder _folder;
    private readonly string _logs;

    public DeploymentFolders(DataFolder data)
    {
        _folder = new OwnedFolder(data.In("deployments"));
        _logs = data.In(LogsName);
        OwnedFolder.MakePrivate(_logs);
    }

    /// <inheritdoc cref="OwnedFolder.Owner"/>
    public string Owner => _folder.Owner;

    public string Root => _folder.Path;

    /// <inheritdoc cref="OwnedFolder.WaitForLockAsync"/>
    public Task<FileStream?> WaitForLockAsync(TimeProvider clock, Action onWait, CancellationToken cancellationToken) =>
        _folder.WaitForLockAsync(clock, onWait, cancellationToken);

    public string AttemptOf(string id, long number, long attempt) =>
        Path.Combine(ReplicaOf(id, number), attempt.ToString(CultureInfo.InvariantCulture));

    /// <summary>The model that a run has made, when one of those is deployed: it outlives the run.</summary>
    public string ModelOf(string id) => Path.Combine(_folder.Path, id, ModelName);

    /// <summary>What an engine keeps between its starts.</summary>
    public string DataOf(string id, long number) => Path.Combine(ReplicaOf(id, number), "data");

    public string LogOf(string id, long number) => Path.Combine(_logs, LogFile(id, number));

    /// <summary>The log's path as clients see it, relative to the data folder.</summary>
    public static string LogName(string id, long number) => $"{LogsName}/{LogFile(id, number)}";

    /// <summary>Takes the folder of a start away whose process has ended.</summary>
    /// <returns>Whether it is gone; one that cannot be taken away is in nobody's way.</returns>
    public bool TryRemoveAttempt(string id, long number, long attempt)
    {
        try
        {
            Directory.Delete(AttemptOf(id, number, attempt), recursive: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Takes the folders away that were made for a deployment which was never kept: they hold a model and nothing else. What has had a
    /// server is left alone, whatever the database says. One that cannot be taken away is in nobody's way, and is tried at the next start.
    /// </summary>
    public void RemoveUnnamed(IReadOnlySet<string> ids)
    {
        foreach (var folder in new DirectoryInfo(_folder.Path).GetDirectories())
        {
            try
            {
                if (folder.LinkTarget is null && Guid.TryParseExact(folder.Name, "D", out _) && !ids.Contains(folder.Name)
                    && folder.EnumerateFileSystemInfos().All(entry => entry.Name == ModelName))
                {
                    folder.Delete(recursive: true);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
    }

    /// <summary>Takes all of a deployment's files away but its logs: they tell what became of it.</summary>
    public void Remove(string id)
    {
        var folder = Path.Combine(_folder.Path, id);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string LogFile(string id, long number) =>
        number == 0 ? $"{id}.log" : string.Create(CultureInfo.InvariantCulture, $"{id}.{number}.log");

    private string ReplicaOf(string id, long number) => Path.Combine(_folder.Path, id, number.ToString(CultureInfo.InvariantCulture));
}
