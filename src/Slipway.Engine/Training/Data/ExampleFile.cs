using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Engine.Training.Data;

/// <summary>
/// A JSONL file of examples. One pass notes where each line that is not blank lies (16 bytes per line); afterwards any
/// line can be read, by any number of threads.
/// </summary>
internal sealed class ExampleFile : IDisposable
{
    /// <summary>Of one line, in bytes.</summary>
    public const int LongestLine = 16 << 20;

    private const int BufferLength = 1 << 20;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly SafeFileHandle _file;
    private readonly List<Line> _lines;

    private ExampleFile(string path, SafeFileHandle file, List<Line> lines) => (Path, _file, _lines) = (path, file, lines);

    public string Path { get; }

    /// <summary>Lines that are not blank.</summary>
    public int Count => _lines.Count;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="TrainingDataException">A line is too long, or the file is UTF-16.</exception>
    public static ExampleFile Open(string path, CancellationToken cancellationToken)
    {
        var file = File.OpenHandle(path, options: FileOptions.RandomAccess);
        try
        {
            return new ExampleFile(path, file, new LineScan(path, file).Run(cancellationToken));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The number of a line in the file, counted from 1 with blank lines.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public int NumberOf(int index) => _lines[index].Number;

    /// <summary>The text of a line, without its end.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ExampleException">The line is not UTF-8, or the file has become shorter.</exception>
    public string ReadLine(int index)
    {
        var line = _lines[index];
        var bytes = ArrayPool<byte>.Shared.Rent(line.Length);
        try
        {
            for (var read = 0; read < line.Length;)
            {
                var count = RandomAccess.Read(_file, bytes.AsSpan(read, line.Length - read), line.Offset + read);
                read += count > 0 ? count : throw new ExampleException("the file has become shorter while it was in use.");
            }

            return StrictUtf8.GetString(bytes, 0, line.Length);
        }
        catch (DecoderFallbackException)
        {
            throw new ExampleException("the line is not UTF-8; accepted is UTF-8.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public void Dispose() => _file.Dispose();

    private readonly record struct Line(long Offset, int Length, int Number);

    /// <summary>The pass over the file.</summary>
    private sealed class LineScan(string path, SafeFileHandle file)
    {
        private readonly List<Line> _lines = [];
        private long _start; // of the line under way
        private bool _isBlank = true;
        private int _number = 1;

        public List<Line> Run(CancellationToken cancellationToken)
        {
            var buffer = new byte[BufferLength];
            var offset = 0L;
            for (int count; (count = RandomAccess.Read(file, buffer, offset)) > 0; offset += count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var bytes = buffer.AsSpan(0, count);
                Scan(bytes, offset, offset == 0 ? SkipMark(bytes) : 0);
            }

            End(offset);
            return _lines;
        }

        private void Scan(ReadOnlySpan<byte> bytes, long offset, int at)
        {
            while (at < bytes.Length)
            {
                var length = bytes[at..].IndexOf((byte)'\n');
                var rest = length < 0 ? bytes[at..] : bytes.Slice(at, length);
                _isBlank = _isBlank && rest.IndexOfAnyExcept(" \t\r"u8) < 0;
                at += rest.Length;
                if (!_isBlank && offset + at - _start > LongestLine)
                {
                    throw Fault($"the line has more than {LongestLine} bytes; accepted are lines up to that.");
                }

                if (length >= 0)
                {
                    End(offset + at);
                    _start = offset + ++at;
                    _isBlank = true;
                    _number++;
                }
            }
        }

        private void End(long end)
        {
            if (!_isBlank)
            {
                _lines.Add(new Line(_start, (int)(end - _start), _number));
            }
        }

        /// <summary>Skips the mark that some editors put before UTF-8.</summary>
        private int SkipMark(ReadOnlySpan<byte> bytes)
        {
            if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            {
                throw Fault("the file is UTF-16; accepted is UTF-8.");
            }

            _start = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
            return (int)_start;
        }

        private TrainingDataException Fault(string problem) => new(new DataFault(path, _number, problem));
    }
}
