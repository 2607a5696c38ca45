using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>
/// A file of records, whatever they stand in, read record by record from front to back. Memory is that of the longest
/// record, and at most <see cref="FileWindow.Largest"/>. Nothing is unpacked.
/// </summary>
internal sealed class RecordFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly FileWindow _window;

    private RecordFile(SafeFileHandle handle, string name)
    {
        _handle = handle;
        _window = new FileWindow(handle);
        Length = RandomAccess.GetLength(handle);
        (Encoding, Fault) = ReadMark();
        Container = Fault is null ? Recognise(name) : Containers.Unknown;
        Fault ??= Container == Containers.Unknown
            ? "The file is none that is read here; accepted are JSON lines, a JSON list of objects, and files that end in .csv or .txt."
            : null;
    }

    /// <summary>One of <see cref="Containers"/>.</summary>
    public string Container { get; }

    /// <summary>One of <see cref="Encodings"/>.</summary>
    public string Encoding { get; }

    /// <summary>Why the file as a whole cannot be read.</summary>
    public string? Fault { get; }

    public long Length { get; }

    /// <summary>How far it was read.</summary>
    public long Position => _window.Position;

    /// <param name="path">Where it is.</param>
    /// <param name="name">The uploader's name, whose ending tells tables and plain texts.</param>
    /// <exception cref="IOException">It is gone.</exception>
    public static RecordFile Open(string path, string name)
    {
        var handle = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete, options: FileOptions.SequentialScan);
        try
        {
            return new RecordFile(handle, name);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The records, once. A file with a <see cref="Fault"/> has none.</summary>
    public IEnumerable<RawRecord> Read() => Container switch
    {
        Containers.JsonLines => LineReader.ReadJson(_window),
        Containers.JsonList => ListReader.Read(_window),
        Containers.Csv => CsvReader.Read(_window),
        Containers.Text => LineReader.ReadText(_window),
        _ => [],
    };

    public void Dispose() => _handle.Dispose();

    private (string Encoding, string? Fault) ReadMark()
    {
        _ = _window.TryMore();
        var head = _window.Span;
        if (head.StartsWith(System.Text.Encoding.UTF8.Preamble))
        {
            _window.Skip(System.Text.Encoding.UTF8.Preamble.Length);
            return (Encodings.Utf8WithMark, null);
        }
        if (head.StartsWith(System.Text.Encoding.Unicode.Preamble) || head.StartsWith(System.Text.Encoding.BigEndianUnicode.Preamble))
        {
            return (Encodings.Utf16, "The file is written in UTF-16; accepted is UTF-8.");
        }
        return head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || head.StartsWith("PK\x3\x4"u8) || head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])
            ? (Encodings.Unknown, "The file is compressed; upload it unpacked.")
            : head.StartsWith("PAR1"u8) || head.StartsWith("ARROW1"u8)
            ? (Encodings.Unknown, "The file is Parquet or Arrow: it is kept as it is, but its records are not looked through.")
            : (Encodings.Utf8, null);
    }

    private string Recognise(string name)
    {
        var ending = Path.GetExtension(name);
        if (ending.Equals(".csv", StringComparison.OrdinalIgnoreCase))
        {
            return Containers.Csv;
        }
        if (ending.Equals(".txt", StringComparison.OrdinalIgnoreCase))
        {
            return Containers.Text;
        }
        var first = _window.Span.IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 ? Containers.Unknown : _window.Span[first] switch
        {
            (byte)'{' => Containers.JsonLines,
            (byte)'[' => Containers.JsonList,
            // What is called so and is not: each line says why.
            _ when ending.Equals(".jsonl", StringComparison.OrdinalIgnoreCase) => Containers.JsonLines,
            _ => Containers.Unknown,
        };
    }
}
