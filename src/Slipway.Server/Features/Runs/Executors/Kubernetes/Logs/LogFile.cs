using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

/// <summary>
/// The output file and the note of how far it reaches into the pod's log. Bytes are written at the noted place, not at the end: what
/// was written and not noted before this server died is written once more over itself.
/// </summary>
internal sealed class LogFile : IDisposable
{
    private const string FileName = "kubernetes.log.json";

    /// <summary>How much a sudden end of the machine may cost: what is lost is read again.</summary>
    private static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(2);

    private readonly string _notes;
    private readonly TimeProvider _clock;
    private readonly SafeFileHandle _file;
    private readonly ArrayBufferWriter<byte> _pending = new();
    private long _written;
    private long _syncedAt;

    public LogFile(Launch launch, TimeProvider clock)
    {
        _notes = Path.Combine(launch.Folder, FileName);
        _clock = clock;
        _syncedAt = clock.GetTimestamp();
        _file = File.OpenHandle(launch.OutputFile, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        Position = SyncedFile.Read(_notes, LogPosition.PositionJson.Default.LogPosition) ?? new();
        if (RandomAccess.GetLength(_file) < Position.Length)
        {
            // The machine ended before the bytes reached the disk.
            Position = new LogPosition();
        }
        _written = Position.Length;
    }

    public LogPosition Position { get; }

    /// <summary>Takes what is to be written next.</summary>
    public IBufferWriter<byte> Pending => _pending;

    /// <summary>Writes what is pending, then the position that it led to.</summary>
    public void Commit(bool isLast)
    {
        if (_pending.WrittenCount == 0 && !isLast)
        {
            return;
        }
        RandomAccess.Write(_file, _pending.WrittenSpan, _written);
        _written += _pending.WrittenCount;
        _pending.ResetWrittenCount();
        var isDurable = isLast || _clock.GetElapsedTime(_syncedAt) >= SyncEvery;
        if (isDurable)
        {
            RandomAccess.FlushToDisk(_file);
            _syncedAt = _clock.GetTimestamp();
        }
        SyncedFile.Write(_notes, Position, LogPosition.PositionJson.Default.LogPosition, isDurable);
    }

    public void Dispose() => _file.Dispose();
}
