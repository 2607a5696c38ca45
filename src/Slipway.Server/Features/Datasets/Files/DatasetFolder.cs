using Slipway.Server.Platform.Database;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Datasets.Files;

/// <summary>
/// Where the files of datasets lie: those on their way in one folder, whole ones in another. Names are made of ids of our
/// own; of an uploader's name only a known ending is kept, by which trainers tell kinds of files apart.
/// </summary>
internal sealed class DatasetFolder
{
    private static readonly string[] Endings = [".jsonl", ".json", ".csv", ".txt", ".parquet", ".arrow"];

    private readonly string _arriving;
    private readonly string _kept;

    public DatasetFolder(DataFolder data)
    {
        _arriving = data.In(Path.Combine("datasets", "arriving"));
        _kept = data.In(Path.Combine("datasets", "files"));
        Make(_arriving);
        Make(_kept);
    }

    /// <summary>How many bytes more the disk takes.</summary>
    public long Free => new DriveInfo(_kept).AvailableFreeSpace;

    public string Arriving(string id) => Path.Combine(_arriving, id);

    public string Kept(FileRow file) => Path.Combine(_kept, file.Id + EndingOf(file.Name));

    /// <summary>Ids of what lies where uploads arrive.</summary>
    public IEnumerable<string> AllArriving() => Directory.EnumerateFiles(_arriving).Select(path => Path.GetFileName(path));

    /// <summary>Puts an arrived file into its place. It is there after a power failure too.</summary>
    public void Place(FileRow file)
    {
        if (File.Exists(Arriving(file.Id)))
        {
            File.Move(Arriving(file.Id), Kept(file), overwrite: true);
            FolderSync.Flush(_kept);
            FolderSync.Flush(_arriving);
        }
    }

    /// <summary>Removes a file wherever it is. What a crash leaves of it lies where leftovers are swept.</summary>
    public void Remove(FileRow file)
    {
        if (File.Exists(Kept(file)))
        {
            File.Move(Kept(file), Arriving(file.Id), overwrite: true);
        }
        File.Delete(Arriving(file.Id));
    }

    /// <summary>So that the name of a new file is there after a power failure.</summary>
    public void FlushArriving() => FolderSync.Flush(_arriving);

    public static string EndingOf(string name) =>
        Array.Find(Endings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ?? "";

    private static void Make(string folder)
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
}
