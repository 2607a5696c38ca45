using Slipway.Server.Platform.Database;

namespace Slipway.Server.Platform.Hub.Store;

/// <summary>Lets one process at a time change a repository's folder. The system lets go of it when the process ends.</summary>
internal sealed class RepositoryLock(string root, TimeProvider clock)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    /// <summary>Null while another process holds it.</summary>
    public FileStream? TryTake(string what)
    {
        var folder = Path.Combine(root, ".locks");
        OwnedFolder.MakePrivate(folder);
        try
        {
            // Never deleted: whoever deletes one that another process has just opened lets two in.
            return new FileStream(Path.Combine(folder, what), DataFolder.Private(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, what)))
        {
            return null;
        }
    }

    /// <param name="what">The repository, as a file's name.</param>
    /// <param name="onWait">Called once, where another process holds it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<FileStream> TakeAsync(string what, Action onWait, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            if (TryTake(what) is { } held)
            {
                return held;
            }
            if (isFirst)
            {
                onWait();
            }
            await Task.Delay(Beat, clock, cancellationToken);
        }
    }
}
