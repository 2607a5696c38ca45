using Microsoft.Win32.SafeHandles;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>
/// The checkpoints beside an output, read: some 40,000 for ten million lines. Whatever is wrong with the file, there are
/// fewer of them, or none; the output says what is true.
/// </summary>
internal sealed class LogIndex : IDisposable
{
    /// <summary>Changes with every change of the format or of what counts as a line: an older index is made anew.</summary>
    public static ReadOnlySpan<byte> Header => "slipway-log-1\n\0\0"u8;

    private const int Window = 64;

    private readonly SafeFileHandle? _file;
    private readonly byte[] _window = new byte[Window * LogCheckpoint.Bytes];
    private int _windowStart = -1;

    private LogIndex(SafeFileHandle? file, int count) => (_file, Count) = (file, count);

    public int Count { get; private set; }

    /// <summary>Where the index of an output lies.</summary>
    public static string PathOf(string outputFile) => Path.ChangeExtension(outputFile, ".idx");

    /// <summary>The index as it is now. None of its checkpoints lies behind <paramref name="outputLength"/>.</summary>
    public static LogIndex Open(string outputFile, SafeFileHandle? output, long outputLength)
    {
        var file = PlainFile.TryOpen(PathOf(outputFile));
        var index = new LogIndex(file, file is null ? 0 : CountOf(file));
        if (index.Count > 0 && (output is null || !index.IsOf(output, outputLength)))
        {
            index.Count = 0;
        }
        return index;
    }

    /// <summary>The position where block <paramref name="block"/> begins: block 0 at the output's begin, block n at checkpoint n.</summary>
    /// <exception cref="InvalidDataException">There is something else in the file.</exception>
    public LogPosition Start(int block) => block == 0 ? default : Read(block - 1, out _);

    /// <summary>The last block of those whose begin <paramref name="isBefore"/>; it holds for a first part of them, block 0 at least.</summary>
    public int Last(Func<LogPosition, bool> isBefore)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            (low, high) = isBefore(Start(middle)) ? (middle, high) : (low, middle - 1);
        }
        return low;
    }

    /// <summary>Takes the checkpoints for naught.</summary>
    public void Drop() => Count = 0;

    public void Dispose() => _file?.Dispose();

    private static int CountOf(SafeFileHandle file)
    {
        Span<byte> header = stackalloc byte[Header.Length];
        var length = RandomAccess.GetLength(file);
        return RandomAccess.Read(file, header, 0) == header.Length && header.SequenceEqual(Header)
            ? (int)Math.Min((length - header.Length) / LogCheckpoint.Bytes, int.MaxValue - 1)
            : 0;
    }

    private bool IsOf(SafeFileHandle output, long outputLength)
    {
        try
        {
            var last = Read(Count - 1, out var witness);
            return last.Offset <= outputLength && witness == LogCheckpoint.Witness(output, last.Offset);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private LogPosition Read(int number, out uint witness)
    {
        var start = number - (number % Window);
        var at = (number - start) * LogCheckpoint.Bytes;
        if (_windowStart != start)
        {
            // The part behind Count may still be growing: it is not asked for, and a later look reads it anew with another index.
            _window.AsSpan().Clear();
            _windowStart = start;
            _ = RandomAccess.Read(_file!, _window, Header.Length + ((long)start * LogCheckpoint.Bytes));
        }
        return LogCheckpoint.TryRead(_window.AsSpan(at, LogCheckpoint.Bytes), out var position, out witness)
            ? position
            : throw new InvalidDataException($"Checkpoint {number} of the log's index is damaged.");
    }
}
