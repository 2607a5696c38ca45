using Slipway.Server.Platform.Files;

namespace Slipway.Server.Platform.Database.Backup;

/// <summary>The file that a backup becomes. It is written under another name beside it, and takes its own when it is on the disk.</summary>
internal sealed class BackupTarget(string file, bool replace)
{
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(file))!;

    public string File { get; } = Path.GetFullPath(file);

    public string Draft { get; } = $"{Path.GetFullPath(file)}.{Guid.NewGuid():N}.part";

    /// <summary>Makes the draft, which nobody else may read.</summary>
    /// <exception cref="IOException">The file is one that may not be replaced, or has no folder.</exception>
    public void Begin(DatabaseAddress source)
    {
        if (!Directory.Exists(_folder))
        {
            throw new IOException($"There is no folder '{_folder}' for the backup.");
        }
        if (Directory.Exists(File))
        {
            throw new IOException($"'{File}' is a folder; name a file in it.");
        }
        if (!replace && System.IO.File.Exists(File))
        {
            throw Taken(null);
        }
        DataFolder.MakeFile(Draft);
        if (source.Provider == DatabaseProvider.Sqlite && BelongsTo(source.Place))
        {
            throw new IOException($"'{File}' belongs to the database itself; give the backup another name.");
        }
    }

    /// <summary>Gives the finished draft its name, durably, and returns its length in bytes.</summary>
    public long Complete()
    {
        long length;
        using (var draft = new FileStream(Draft, FileMode.Open, FileAccess.ReadWrite))
        {
            draft.Flush(flushToDisk: true);
            length = draft.Length;
        }
        try
        {
            System.IO.File.Move(Draft, File, overwrite: replace);
        }
        catch (IOException exception) when (!replace && System.IO.File.Exists(File))
        {
            throw Taken(exception);
        }
        FolderSync.Flush(_folder);
        return length;
    }

    /// <summary>Takes away a draft that came to nothing.</summary>
    public void Forget()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }
        foreach (var part in new[] { "", "-journal", "-wal", "-shm" })
        {
            System.IO.File.Delete(Draft + part);
        }
    }

    // A folder may have several paths; in the database's own the draft is seen beside it.
    private bool BelongsTo(string database)
    {
        var (mine, its) = (Path.GetFileName(File), Path.GetFileName(database));
        return System.IO.File.Exists(Path.Combine(Path.GetDirectoryName(database)!, Path.GetFileName(Draft)))
            && mine.StartsWith(its, StringComparison.Ordinal)
            && mine[its.Length..] is "" or "-wal" or "-shm" or "-journal";
    }

    private IOException Taken(Exception? cause) =>
        new($"'{File}' is there already. Give the backup another name, or replace the file with --force.", cause);
}
