using System.Buffers;
using System.Collections.Concurrent;

namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>
/// Notes calls as they end, one line each. When <see cref="Append"/> returns the line has been handed to the operating
/// system, or another thread is just about to do so together with its own: a killed process loses nothing but what was
/// in that other thread's hands. What a power failure may take is what came after the last <see cref="JournalFile.Sync"/>.
/// </summary>
internal sealed class UsageJournal(JournalFile file)
{
    private const int MostPending = 100_000;
    private const int LargestWrite = 1 << 20;

    private readonly ConcurrentQueue<(UsageEntry Entry, long Time)> _pending = new();
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _lines = new(4096);
    private volatile JournalFile _file = file;
    private int _pendingCount;

    /// <summary>Where lines go now.</summary>
    public JournalFile File => _file;

    /// <summary>Notes a call; waits for the disk only when that has taken nothing for very long.</summary>
    /// <exception cref="IOException">The disk does not take it; it stays in memory, and the next call tries again.</exception>
    public void Append(in UsageEntry entry, long time)
    {
        _pending.Enqueue((entry, time));
        Write(mayWait: Interlocked.Increment(ref _pendingCount) > MostPending);
    }

    /// <summary>Writes what is still in memory.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Write(bool mayWait)
    {
        // Whoever holds the gate takes along what the others bring; they need not wait, for it looks again before it is done.
        while (!_pending.IsEmpty || _lines.WrittenCount > 0)
        {
            if (mayWait)
            {
                _gate.Enter();
            }
            else if (!_gate.TryEnter())
            {
                return;
            }
            try
            {
                Write_NeedsLock();
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>From now on lines go to another file; returns the one that is complete.</summary>
    /// <exception cref="IOException">The disk does not take what is still in memory; nothing has changed.</exception>
    public JournalFile Turn(JournalFile next)
    {
        JournalFile complete;
        lock (_gate)
        {
            Write_NeedsLock();
            (complete, _file) = (_file, next);
        }
        // Whoever came meanwhile relied on the holder of the gate to look again.
        Write(mayWait: false);
        return complete;
    }

    private void Write_NeedsLock()
    {
        // What a failed write left comes first.
        while (_lines.WrittenCount < LargestWrite && _pending.TryDequeue(out var next))
        {
            Interlocked.Decrement(ref _pendingCount);
            next.Entry.WriteLine(_lines, next.Time);
        }
        if (_lines.WrittenCount > 0)
        {
            _file.Append(_lines.WrittenSpan);
            _lines.ResetWrittenCount();
        }
    }
}
