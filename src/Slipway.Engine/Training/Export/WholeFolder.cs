using Slipway.Engine.Training.Checkpoints;

namespace Slipway.Engine.Training.Export;

/// <summary>
/// Folders that appear whole: written beside, synced, renamed. One that is replaced stays until its successor is on the disk.
/// </summary>
internal static class WholeFolder
{
    /// <param name="path">The folder.</param>
    /// <param name="mark">A file that every folder of this kind has. A folder without it is somebody else's and is not replaced.</param>
    /// <param name="write">Gets the folder to write into.</param>
    /// <exception cref="IOException">The path is taken by something else, or the disk is full or broken.</exception>
    public static void Write(string path, string mark, Action<string> write)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(path) ?? throw new IOException($"'{path}' is the root of a disk; choose a folder in it.");
        // Hidden, and named after the product: what has such a name is not somebody's work.
        var aside = Path.Combine(parent, $".slipway-{Path.GetFileName(path)}");
        var (partial, replaced) = (aside + ".partial", aside + ".replaced");
        Recover(path, partial, replaced);
        RequireReplaceable(path, mark);
        Directory.CreateDirectory(partial);
        try
        {
            write(partial);
            Sync(partial);
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
        if (Directory.Exists(path))
        {
            Directory.Move(path, replaced);
        }
        Directory.Move(partial, path);
        FolderSync.Flush(parent);
        Remove(replaced);
    }

    /// <summary>Clears what a killed process left: a folder that was moved aside for a successor that never came goes back.</summary>
    private static void Recover(string path, string partial, string replaced)
    {
        Remove(partial);
        if (!Directory.Exists(path) && Directory.Exists(replaced))
        {
            Directory.Move(replaced, path);
        }
        Remove(replaced);
    }

    private static void RequireReplaceable(string path, string mark)
    {
        var isOurs = !Directory.Exists(path) || File.Exists(Path.Combine(path, mark)) || !Directory.EnumerateFileSystemEntries(path).Any();
        if (!isOurs || File.Exists(path))
        {
            throw new IOException($"'{path}' is there and has no {mark}; it is not replaced. Choose another folder, or remove it.");
        }
    }

    private static void Sync(string folder)
    {
        foreach (var file in Directory.GetFiles(folder))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
        FolderSync.Flush(folder);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
