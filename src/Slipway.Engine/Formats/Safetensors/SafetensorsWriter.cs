using System.Buffers.Binary;
using System.Text.Json;

namespace Slipway.Engine.Formats.Safetensors;

/// <summary>Collects tensors and writes them as one safetensors file, in the order they were added.</summary>
internal sealed class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>What a tensor hands to the system at once.</summary>
    private const int ChunkBytes = 1 << 20;

    private readonly List<(string Name, SafetensorsType Type, long[] Shape, Action<Stream> Write)> _tensors = [];
    private readonly HashSet<string> _names = ["__metadata__"];
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>Adds a pair to <c>__metadata__</c>.</summary>
    public void AddMetadata(string key, string value) => _metadata.Add(key, value);

    /// <summary>Adds a tensor that is written when the file is, so that a large one need not be in memory twice.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="type">Format of the bytes.</param>
    /// <param name="shape">The fastest-running length last.</param>
    /// <param name="write">Writes exactly the bytes that type and shape ask for.</param>
    public void Add(string name, SafetensorsType type, IReadOnlyList<long> shape, Action<Stream> write)
    {
        if (!_names.Add(name))
        {
            throw new ArgumentException($"The tensor name '{name}' is taken.", nameof(name));
        }
        _ = ByteLength(type, shape);
        _tensors.Add((name, type, [.. shape], write));
    }

    /// <summary>Adds singles straight from memory, which must stay until the file is written.</summary>
    public unsafe void Add(string name, IReadOnlyList<long> shape, float* values)
    {
        var (start, bytes) = ((nint)values, ByteLength(SafetensorsType.F32, shape));
        Add(name, SafetensorsType.F32, shape, stream =>
        {
            for (var at = 0L; at < bytes; at += ChunkBytes)
            {
                stream.Write(new ReadOnlySpan<byte>((byte*)start + at, (int)Math.Min(ChunkBytes, bytes - at)));
            }
        });
    }

    /// <summary>Writes a file beside the path, syncs it to the disk and renames it: the path holds a whole file or none.</summary>
    public void Write(string path) => WholeFile.Write(path, WriteTo);

    /// <summary>Writes the whole file to a stream that knows its position.</summary>
    public void WriteTo(Stream stream)
    {
        var header = Header();
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var (name, type, shape, write) in _tensors)
        {
            var start = stream.Position;
            write(stream);
            if (stream.Position - start != ByteLength(type, shape))
            {
                throw new InvalidOperationException(
                    $"Tensor '{name}' was given {stream.Position - start} bytes; it needs {ByteLength(type, shape)}.");
            }
        }
    }

    private static long ByteLength(SafetensorsType type, IReadOnlyList<long> shape)
    {
        var bits = shape.Aggregate((long)type.Bits(), (product, length) => checked(product * length));
        return bits % 8 == 0 && shape.All(length => length >= 0)
            ? bits / 8
            : throw new ArgumentException($"{string.Join(" × ", shape)} values of {type} do not fill whole bytes.", nameof(shape));
    }

    /// <summary>Filled up with spaces, so that the data begins at a multiple of eight.</summary>
    private byte[] Header()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json);
            var begin = 0L;
            foreach (var (name, type, shape, _) in _tensors)
            {
                var end = checked(begin + ByteLength(type, shape));
                json.WriteStartObject(name);
                json.WriteString("dtype", type.ToString());
                WriteIntegers(json, "shape", shape);
                WriteIntegers(json, "data_offsets", begin, end);
                json.WriteEndObject();
                begin = end;
            }
            json.WriteEndObject();
        }
        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }
        return buffer.ToArray();
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        if (_metadata.Count == 0)
        {
            return;
        }
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in _metadata)
        {
            json.WriteString(key, value);
        }
        json.WriteEndObject();
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }
}
