using System.Globalization;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Runs;

/// <summary>
/// Where runs keep their files: <c>runs/ID/input</c> with what was asked for, and one folder per attempt. The folder belongs to one
/// server at a time, which alone starts and watches its runs.
/// </summary>
internal sealed class RunFolders
{
    private const string PassingFile = "passing";
    private const string GoneSuffix = ".gone";

    private readonly OwnedFolder _folder;
    private readonly string _root;

    public RunFolders(DataFolder data)
    {
        _folder = new OwnedFolder(data.In("runs"));
        _root = _folder.Path;
    }

    /// <inheritdoc cref="OwnedFolder.Owner"/>
    public string Owner => _folder.Owner;

    public string Root => _root;

    public string Of(string runId) => Path.Combine(_root, runId);

    /// <summary>The exact configuration and the datasets, as they were when the run was made.</summary>
    public string InputOf(string runId) => Path.Combine(_root, runId, "input");

    public string AttemptOf(string runId, long attempt) =>
        Path.Combine(_root, runId, attempt.ToString(CultureInfo.InvariantCulture));

    /// <summary>The output folder's path below <see cref="Root"/>, with slashes.</summary>
    public static string OutputName(string runId, long attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{runId}/{attempt}/{Launch.OutputName}");

    public string OutputOf(string runId, long attempt) => Path.Combine(AttemptOf(runId, attempt), Launch.OutputName);

    /// <summary>
    /// Notes that the run of this folder is about to come or to go: if the server dies before it is settled, the next one looks which
    /// came true. Without the note a folder is never removed, whatever the database says: it may be the wrong database.
    /// </summary>
    public void BeginPassing(string runId)
    {
        if (Directory.Exists(Of(runId)))
        {
            File.WriteAllBytes(Path.Combine(Of(runId), PassingFile), []);
        }
    }

    /// <summary>The run of this folder is there.</summary>
    public void Settle(string runId)
    {
        if (Directory.Exists(Of(runId)))
        {
            File.Delete(Path.Combine(Of(runId), PassingFile));
        }
    }

    /// <summary>Runs that were about to come or to go before that moment.</summary>
    public List<string> Passing(DateTime before) =>
    [
        .. from folder in new DirectoryInfo(_root).EnumerateDirectories()
           let note = new FileInfo(Path.Combine(folder.FullName, PassingFile))
           where note.Exists && note.LastWriteTimeUtc < before
           select folder.Name,
    ];

    /// <summary>Returns why not all of it could be removed, null when nothing is left.</summary>
    public string? Remove(string runId)
    {
        // Renamed first: a removal that was cut short is known for one.
        var gone = $"{Of(runId)}{GoneSuffix}";
        return Try(() =>
        {
            if (Directory.Exists(Of(runId)))
            {
                Directory.Move(Of(runId), gone);
            }
        }) ?? Delete(gone);
    }

    /// <summary>Removes what an earlier removal has left; returns what still cannot be removed, and why.</summary>
    public List<(string Folder, string Reason)> FinishRemovals() =>
    [
        .. from folder in Directory.GetDirectories(_root, $"*{GoneSuffix}")
           let reason = Delete(folder)
           where reason is not null
           select (folder, reason),
    ];

    private static string? Delete(string folder) => Try(() =>
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>A script may have locked a folder against its owner, or nested more of them than a path can name.</summary>
    private static string? Try(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    /// <inheritdoc cref="OwnedFolder.WaitForLockAsync"/>
    public Task<FileStream?> WaitForLockAsync(TimeProvider clock, Action onWait, CancellationToken cancellationToken) =>
        _folder.WaitForLockAsync(clock, onWait, cancellationToken);

    public static void MakePrivate(string folder) => OwnedFolder.MakePrivate(folder);
}
