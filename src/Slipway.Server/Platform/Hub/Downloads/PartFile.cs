using Microsoft.Win32.SafeHandles;
using Slipway.Server.Platform.Files;
using Slipway.Server.Platform.Hub.Protocols;

namespace Slipway.Server.Platform.Hub.Downloads;

/// <summary>A file on its way: what has come of it stands in <c>.part</c>, which bytes those are in a journal beside it.</summary>
internal sealed class PartFile : IDisposable
{
    public const string Ending = ".part";

    private readonly Lock _gate = new();
    private readonly string _target;
    private readonly SafeFileHandle _file;
    private readonly PartJournal _journal;

    private PartFile(string target, RemoteFile remote, SafeFileHandle file, PartJournal journal) =>
        (_target, Remote, _file, _journal) = (target, remote, file, journal);

    public RemoteFile Remote { get; }

    /// <summary>Bytes that are there.</summary>
    public long Done
    {
        get
        {
            lock (_gate)
            {
                return _journal.Spans.Total;
            }
        }
    }

    public string Path => _target + Ending;

    /// <summary>Goes on with what an earlier process left, where that is of the same content; begins anew otherwise.</summary>
    public static PartFile Open(string target, RemoteFile remote)
    {
        var path = target + Ending;
        // Without a digest nobody would notice what a power failure left.
        var isThere = (remote.Sha256 ?? remote.GitId) is not null
            && new FileInfo(path) is { Exists: true, LinkTarget: null } found && found.Length == remote.Size;
        var journal = PartJournal.Open(path + PartJournal.Ending, remote, isThere);
        try
        {
            if (!isThere)
            {
                File.Delete(path); // A link would lead elsewhere.
            }
            var file = File.OpenHandle(
                path, isThere ? FileMode.Open : FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
            RandomAccess.SetLength(file, remote.Size);
            return new PartFile(target, remote, file, journal);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>What is missing, in pieces of at most that many bytes.</summary>
    public List<ByteSpan> Missing(long most)
    {
        lock (_gate)
        {
            return _journal.Spans.Missing(Remote.Size, most);
        }
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        RandomAccess.WriteAsync(_file, bytes, offset, cancellationToken);

    /// <summary>Remembers that these bytes have come.</summary>
    public void Keep(ByteSpan span)
    {
        lock (_gate)
        {
            _journal.Keep(span);
        }
    }

    /// <summary>Holds the file to one version: false when an earlier answer was of another one.</summary>
    public bool Pin(string? etag)
    {
        lock (_gate)
        {
            return _journal.Pin(etag);
        }
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        RandomAccess.ReadAsync(_file, buffer, offset, cancellationToken);

    /// <summary>Gives it its name, once it is on the disk whole.</summary>
    public void Complete()
    {
        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
        File.Move(Path, _target, overwrite: true);
        FolderSync.Flush(System.IO.Path.GetDirectoryName(_target)!);
        _journal.Delete();
    }

    /// <summary>Throws away what has come.</summary>
    public void Discard()
    {
        _file.Dispose();
        File.Delete(Path);
        _journal.Delete();
    }

    public void Dispose()
    {
        _file.Dispose();
        _journal.Dispose();
    }
}
