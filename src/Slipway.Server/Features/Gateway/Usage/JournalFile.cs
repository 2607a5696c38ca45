using Microsoft.Win32.SafeHandles;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>One file of a journal: whole lines, appended only. A lock on it, which ends with its process, says whose it is.</summary>
internal sealed class JournalFile : IDisposable
{
    private const string Start = "usage-";
    private const string Ending = ".journal";

    private readonly FileStream _file;

    /// <summary>Kept, as the stream looks for its place in the file whenever it is asked for it.</summary>
    private readonly SafeFileHandle _handle;

    private long _length;
    private long _synced;

    private JournalFile(FileStream file)
    {
        (_file, _handle) = (file, file.SafeFileHandle);
        Id = Path.GetFileNameWithoutExtension(file.Name)[Start.Length..];
        _length = _synced = RandomAccess.GetLength(_handle);
    }

    public string Id { get; }

    /// <summary>Bytes written so far.</summary>
    public long Length => Volatile.Read(ref _length);

    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static JournalFile Create(DataFolder folder) =>
        new(Open(folder.In($"{Start}{Guid.NewGuid():N}{Ending}"), FileMode.CreateNew));

    /// <summary>The files of processes that are gone.</summary>
    public static IEnumerable<JournalFile> Orphans(DataFolder folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder.Path, $"{Start}*{Ending}"))
        {
            FileStream file;
            try
            {
                file = Open(path, FileMode.Open);
            }
            catch (IOException)
            {
                // Its process lives, or another one is just taking it over.
                continue;
            }
            yield return new JournalFile(file);
        }
    }

    /// <summary>Appends lines; one caller at a time.</summary>
    /// <exception cref="IOException">The disk does not take them. The next lines go to where these should have gone.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        RandomAccess.Write(_handle, lines, _length);
        Volatile.Write(ref _length, _length + lines.Length);
    }

    /// <summary>Makes what is written safe from a power failure; does nothing where it is.</summary>
    public void Sync()
    {
        var length = Length;
        if (length != _synced)
        {
            RandomAccess.FlushToDisk(_handle);
            _synced = length;
        }
    }

    public int Read(Span<byte> buffer, long position) => RandomAccess.Read(_handle, buffer, position);

    /// <summary>Removes the file: all of it is elsewhere.</summary>
    public void Delete()
    {
        File.Delete(_file.Name);
        Dispose();
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path, FileMode mode) =>
        new(path, DataFolder.Private(mode, FileAccess.ReadWrite, FileShare.None));
}
