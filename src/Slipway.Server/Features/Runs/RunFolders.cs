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
    private const string OwnerFile = "owner";
    private const string LockFile = "lock";
    private const string PassingFile = "passing";
    private const string GoneSuffix = ".gone";

    private readonly string _root;

    public RunFolders(DataFolder data)
    {
        _root = data.In("runs");
        MakePrivate(_root);
        Owner = OwnerOf(Path.Combine(_root, OwnerFile));
    }

    /// <summary>Stands for this data folder in a database that several servers share.</summary>
    public string Owner { get; }

    public string Root => _root;

    public string Of(string runId) => Path.Combine(_root, runId);

    /// <summary>The exact configuration and the datasets, as they were when the run was made.</summary>
    public string InputOf(string runId) => Path.Combine(_root, runId, "input");

    public string AttemptOf(string runId, long attempt) =>
        Path.Combine(_root, runId, attempt.ToString(CultureInfo.InvariantCulture));

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

    public void Remove(string runId)
    {
        if (Directory.Exists(Of(runId)))
        {
            // Renamed first: a removal that was cut short is known for one.
            var gone = $"{Of(runId)}{GoneSuffix}";
            Directory.Move(Of(runId), gone);
            Directory.Delete(gone, recursive: true);
        }
    }

    /// <summary>Removes what an earlier removal has left, and returns how many folders that were.</summary>
    public int FinishRemovals()
    {
        var left = Directory.GetDirectories(_root, $"*{GoneSuffix}");
        foreach (var folder in left)
        {
            Directory.Delete(folder, recursive: true);
        }
        return left.Length;
    }

    /// <summary>Held by one process at a time, and let go by the system when that process ends; null while another one holds it.</summary>
    public FileStream? TryLock()
    {
        try
        {
            return new FileStream(Path.Combine(_root, LockFile), DataFolder.Private(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static void MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string OwnerOf(string path)
    {
        if (!File.Exists(path))
        {
            // Linked to its name whole: of two servers that begin here at once, both read the same.
            var made = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllText(made, Guid.NewGuid().ToString());
            try
            {
                File.Move(made, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(made);
            }
        }
        return File.ReadAllText(path).Trim();
    }
}
