using IoPath = System.IO.Path;

namespace Slipway.Server.Platform.Database;

/// <summary>A folder of things that one server at a time looks after, and the name by which a shared database knows them.</summary>
internal sealed class OwnedFolder
{
    private const string OwnerFile = "owner";
    private const string LockFile = "lock";

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    public OwnedFolder(string path)
    {
        Path = path;
        MakePrivate(path);
        Owner = OwnerOf(IoPath.Combine(path, OwnerFile));
    }

    public string Path { get; }

    /// <summary>Stands for this folder in a database that several servers share.</summary>
    public string Owner { get; }

    /// <summary>Held by one process at a time, and let go by the system when that process ends; null while another one holds it.</summary>
    public FileStream? TryLock()
    {
        try
        {
            return new FileStream(IoPath.Combine(Path, LockFile), DataFolder.Private(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Waits until no other process holds it.</summary>
    /// <param name="clock">Says when to look again.</param>
    /// <param name="onWait">Called once, before the wait, where another process holds it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What <see cref="TryLock"/> gives; null when the wait was ended.</returns>
    public async Task<FileStream?> WaitForLockAsync(TimeProvider clock, Action onWait, CancellationToken cancellationToken)
    {
        for (var isFirst = true; !cancellationToken.IsCancellationRequested; isFirst = false)
        {
            if (TryLock() is { } held)
            {
                return held;
            }
            if (isFirst)
            {
                onWait();
            }
            await Task.Delay(Beat, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return null;
    }

    /// <summary>Makes a folder that only we may enter; what is there stays as it is.</summary>
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
