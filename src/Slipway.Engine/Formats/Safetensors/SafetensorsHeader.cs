using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace Slipway.Engine.Formats.Safetensors;

/// <summary>Reads the header of a file and checks every tensor's place before anything is touched.</summary>
/// <param name="path">For messages.</param>
/// <param name="fileLength">Bytes of the whole file.</param>
internal sealed class SafetensorsHeader(string path, long fileLength)
{
    /// <summary>The length that the file begins with.</summary>
    public const int PrefixBytes = 8;

    /// <summary>What the format allows.</summary>
    private const int LongestJson = 100_000_000;

    /// <summary>Twice what any model uses.</summary>
    private const int MostDimensions = 8;

    /// <summary>Three times what the largest models spread over all their shards.</summary>
    private const int MostTensors = 1 << 18;

    private readonly List<SafetensorsEntry> _entries = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Where the data begins, from the start of the file.</summary>
    public long DataStart { get; private set; }

    /// <summary>How long the header is, from the first eight bytes.</summary>
    /// <exception cref="ModelFormatException">The file cannot hold it.</exception>
    public int ReadLength(ReadOnlySpan<byte> prefix)
    {
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = Math.Min(LongestJson, fileLength - PrefixBytes);
        return length >= 2 && length <= (ulong)most
            ? (int)length
            : throw Fault($"the header has {length} bytes; with {fileLength} bytes of file, 2 to {most} are possible");
    }

    /// <summary>Reads the JSON between the length and the data.</summary>
    /// <exception cref="ModelFormatException">It breaks a rule of the format; the message says which.</exception>
    public void Read(ReadOnlySpan<byte> json)
    {
        DataStart = PrefixBytes + json.Length;
        if (json[0] != (byte)'{' || !Utf8.IsValid(json))
        {
            throw Fault("the header is no JSON object in UTF-8");
        }
        try
        {
            var reader = new Utf8JsonReader(json);
            ReadTensors(ref reader);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader throws the latter for text that is not valid Unicode.
            throw new ModelFormatException($"'{path}': the header cannot be read: {exception.Message}", exception);
        }
        CheckPlaces();
    }

    private void ReadTensors(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!_names.Add(name))
            {
                throw Fault($"'{ShownText.Cut(name)}' appears twice");
            }
            reader.Read();
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else if (_entries.Count < MostTensors)
            {
                _entries.Add(ReadEntry(ref reader, name));
            }
            else
            {
                throw Fault($"the header names more than {MostTensors} tensors; accepted are up to that many");
            }
        }
        _ = reader.Read(); // What follows the object must be blank: anything else makes the reader throw.
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(reader, JsonTokenType.StartObject, "__metadata__");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            Expect(reader, JsonTokenType.String, $"__metadata__ '{ShownText.Cut(key)}'");
            if (!_metadata.TryAdd(key, reader.GetString()!))
            {
                throw Fault($"__metadata__ '{ShownText.Cut(key)}' appears twice");
            }
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        var shown = ShownText.Cut(name);
        Expect(reader, JsonTokenType.StartObject, $"tensor '{shown}'");
        SafetensorsType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null: type = ReadType(ref reader, shown); break;
                case "shape" when shape is null: shape = ReadIntegers(ref reader, $"the shape of tensor '{shown}'", MostDimensions); break;
                case "data_offsets" when offsets is null: offsets = ReadIntegers(ref reader, $"data_offsets of tensor '{shown}'", 2); break;
                default: throw Fault($"tensor '{shown}' has '{ShownText.Cut(key!)}'; accepted are dtype, shape and data_offsets, once each");
            }
        }
        if (type is not { } known || shape is null || offsets is not [var begin, var end])
        {
            throw Fault($"tensor '{shown}' needs a dtype, a shape and two data_offsets");
        }
        CheckLength(shown, known, shape, begin, end);
        return new SafetensorsEntry(name, known, [.. shape], begin, end);
    }

    private SafetensorsType ReadType(ref Utf8JsonReader reader, string tensor)
    {
        Expect(reader, JsonTokenType.String, $"the dtype of tensor '{tensor}'");
        var text = reader.GetString()!;
        // Not TryParse alone: it also takes numbers.
        return Enum.TryParse<SafetensorsType>(text, out var type) && type.ToString() == text
            ? type
            : throw Fault($"tensor '{tensor}' is of type '{ShownText.Cut(text)}'; known are {string.Join(", ", Enum.GetNames<SafetensorsType>())}");
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string what, int most)
    {
        Expect(reader, JsonTokenType.StartArray, what);
        List<long> values = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0 || values.Count == most)
            {
                throw Fault($"{what} must be up to {most} integers from 0 to {long.MaxValue}");
            }
            values.Add(value);
        }
        return values;
    }

    private void CheckLength(string tensor, SafetensorsType type, List<long> shape, long begin, long end)
    {
        UInt128 elements = 1;
        foreach (var length in shape)
        {
            elements *= (UInt128)length;
            if (elements > long.MaxValue / 64)
            {
                throw Fault($"tensor '{tensor}' of {string.Join(" × ", shape)} values is larger than any file");
            }
        }
        var bits = elements * (UInt128)type.Bits();
        if (end < begin || bits != (UInt128)(end - begin) * 8)
        {
            throw Fault($"tensor '{tensor}' lies at bytes {begin} to {end}; {elements} values of {type} take {bits} bits");
        }
    }

    /// <summary>The tensors cover the data without holes or overlaps, to the end of the file.</summary>
    private void CheckPlaces()
    {
        _entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        var at = 0L;
        foreach (var entry in _entries)
        {
            if (entry.Begin != at)
            {
                throw Fault($"tensor '{ShownText.Cut(entry.Name)}' begins at byte {entry.Begin} of the data; the one before it ends at {at}");
            }
            at = entry.End;
        }
        if (at != fileLength - DataStart)
        {
            throw Fault($"the tensors take {at} bytes of data; the file has {fileLength - DataStart}");
        }
    }

    private void Expect(in Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (reader.TokenType != type)
        {
            throw Fault($"{what} is {reader.TokenType}; expected is {type}");
        }
    }

    private ModelFormatException Fault(string what) => new($"'{path}': {what}.");
}
