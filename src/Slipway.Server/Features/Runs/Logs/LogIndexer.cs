using Microsoft.Win32.SafeHandles;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>
/// Follows an attempt's output while it grows, and writes its index; there is one per output at a time. After a restart it goes on
/// from the last checkpoint, and without an index from the begin: both come to the same lines.
/// </summary>
internal sealed class LogIndexer : IDisposable
{
    /// <summary>A checkpoint after so many lines,</summary>
    public const int BlockLines = 256;

    /// <summary>or so many bytes, whichever comes first: what a reader has to read at most to find a line.</summary>
    public const int BlockBytes = 1024 * 1024;

    private const int PendingCheckpoints = 256;

    private readonly string _outputFile;
    private readonly SafeFileHandle _index;
    private readonly long? _sinkFrom;
    private readonly byte[] _pending = new byte[PendingCheckpoints * LogCheckpoint.Bytes];
    private readonly LogFrame _frame = new();
    private SafeFileHandle? _output;
    private int _pendingBytes;
    private long _indexLength;
    private LogPosition _checkpoint;
    private uint _witness = LogCheckpoint.NoWitness;

    private LogIndexer(string outputFile, SafeFileHandle index, long? sinkFrom)
    {
        _outputFile = outputFile;
        _index = index;
        _sinkFrom = sinkFrom;
    }

    /// <summary>How far the output is read, and what was found.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>The newest state of a progress bar, or an unfinished line; null when the last thing printed was a complete line.</summary>
    public string? Frame => _frame.Text;

    /// <summary>Takes the index of an output, which need not exist yet.</summary>
    /// <param name="outputFile">The attempt's <c>output.log</c>.</param>
    /// <param name="sinkFrom">
    /// What lies before this byte was given to the sink by an indexer before this one, and nothing behind it, however far its index
    /// may have come. Null: wherever the index ends.
    /// </param>
    /// <exception cref="IOException">Somebody else has the index, or it cannot be written.</exception>
    public static LogIndexer Open(string outputFile, long? sinkFrom = null)
    {
        var path = LogIndex.PathOf(outputFile);
        using (var old = PlainFile.TryOpen(path))
        {
            if (old is null)
            {
                Remove(path); // A link, written through, would be somebody else's file; a pipe has no end.
            }
        }
        var index = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); // Readers ask for no share.
        var indexer = new LogIndexer(outputFile, index, sinkFrom);
        try
        {
            indexer.Resume();
            return indexer;
        }
        catch
        {
            indexer.Dispose();
            throw;
        }
    }

    /// <summary>Makes the index of an ended attempt anew where readers miss it: the run could have removed it behind our back.</summary>
    public static void Renew(string outputFile, TimeProvider clock, CancellationToken cancellationToken)
    {
        using (var reader = LogReader.Open(outputFile, isEnded: true, clock))
        {
            if (!reader.IsBehind)
            {
                return;
            }
        }
        Remove(LogIndex.PathOf(outputFile));
        using var indexer = Open(outputFile);
        indexer.Finish(null, cancellationToken);
    }

    /// <summary>
    /// Reads what the output has grown by, at most <paramref name="maxBytes"/>. Returns whether there was more than that:
    /// call again at once.
    /// </summary>
    public bool Advance(ILineSink? sink, long maxBytes, CancellationToken cancellationToken) => Advance(sink, maxBytes, isWhole: false, cancellationToken);

    /// <summary>Reads the rest, with a last line that nothing has ended: the attempt is over.</summary>
    public void Finish(ILineSink? sink, CancellationToken cancellationToken)
    {
        Advance(sink, long.MaxValue, isWhole: true, cancellationToken);
        if (Position.Offset > _checkpoint.Offset)
        {
            Checkpoint();
        }
        Flush();
        _frame.Clear();
    }

    public void Dispose()
    {
        _output?.Dispose();
        _index.Dispose();
    }

    private static void Remove(string path)
    {
        if (new DirectoryInfo(path) is { Exists: true, LinkTarget: null } folder)
        {
            folder.Delete(recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    private bool Advance(ILineSink? sink, long maxBytes, bool isWhole, CancellationToken cancellationToken)
    {
        _output ??= PlainFile.TryOpen(_outputFile);
        if (_output is null)
        {
            return false;
        }
        var length = RandomAccess.GetLength(_output);
        if (length < Position.Offset || LogCheckpoint.Witness(_output, Position.Offset) != _witness)
        {
            Restart(); // The run has cut its output, and perhaps written more since.
        }
        if (length <= Position.Offset)
        {
            return false;
        }
        // Less than a record would not bring it further.
        var most = Math.Max(maxBytes, 2 * LogRecord.MaxBytes);
        var end = length - Position.Offset > most ? Position.Offset + most : length;
        Walk(sink, end, isWhole && end == length, cancellationToken);
        _witness = LogCheckpoint.Witness(_output, Position.Offset);
        Flush();
        return end < length;
    }

    private void Walk(ILineSink? sink, long end, bool isWhole, CancellationToken cancellationToken)
    {
        using var walk = new LogWalk(_output!, Position, end, isWhole, LogWalk.LargeBuffer);
        while (walk.Next())
        {
            Take(walk, Position.Offset >= (_sinkFrom ?? 0) ? sink : null);
            Position = walk.Position;
            if (Position.Lines - _checkpoint.Lines >= BlockLines || Position.Offset - _checkpoint.Offset >= BlockBytes)
            {
                Checkpoint();
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        if (!LineRule.IsBlank(walk.Rest))
        {
            _frame.Keep(walk.Rest);
            sink?.Frame(walk.Rest);
        }
    }

    private void Take(LogWalk walk, ILineSink? sink)
    {
        switch (walk.Kind)
        {
            case RecordKind.Line:
                _frame.Clear();
                sink?.Line(walk.Record);
                break;
            case RecordKind.Frame:
                _frame.Keep(walk.Record);
                sink?.Frame(walk.Record);
                break;
        }
    }

    private void Checkpoint()
    {
        LogCheckpoint.Write(_pending.AsSpan(_pendingBytes), Position, LogCheckpoint.Witness(_output!, Position.Offset));
        _pendingBytes += LogCheckpoint.Bytes;
        _checkpoint = Position;
        if (_pendingBytes == _pending.Length)
        {
            Flush();
        }
    }

    private void Flush()
    {
        RandomAccess.Write(_index, _pending.AsSpan(0, _pendingBytes), _indexLength);
        _indexLength += _pendingBytes;
        _pendingBytes = 0;
    }

    /// <summary>Finds the last checkpoint that can be believed, and lies before nothing that the sink is still to be given.</summary>
    private void Resume()
    {
        _output = PlainFile.TryOpen(_outputFile);
        if (_output is not null)
        {
            using var index = LogIndex.Open(_outputFile, _output, RandomAccess.GetLength(_output));
            try
            {
                for (var block = 0; block <= index.Count; block++)
                {
                    var position = index.Start(block);
                    var isFurther = position.Offset > _checkpoint.Offset && position.Lines >= _checkpoint.Lines;
                    if (block > 0 && (!isFurther || position.Offset > _sinkFrom))
                    {
                        break;
                    }
                    _checkpoint = position;
                    _indexLength = LogIndex.Header.Length + ((long)block * LogCheckpoint.Bytes);
                }
            }
            catch (InvalidDataException)
            {
                // What comes behind a damaged checkpoint is found again.
            }
        }
        if (_checkpoint.Offset == 0)
        {
            Restart();
            return;
        }
        RandomAccess.SetLength(_index, _indexLength);
        Position = _checkpoint;
        _witness = LogCheckpoint.Witness(_output!, Position.Offset);
    }

    private void Restart()
    {
        (_checkpoint, Position, _pendingBytes, _witness) = (default, default, 0, LogCheckpoint.NoWitness);
        _frame.Clear();
        RandomAccess.SetLength(_index, 0);
        RandomAccess.Write(_index, LogIndex.Header, 0);
        _indexLength = LogIndex.Header.Length;
    }
}
