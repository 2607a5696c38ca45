using System.Text;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>Collects metadata and tensors and writes them as one GGUF v3 file.</summary>
public sealed unsafe class GgufWriter
{
    private const int Alignment = 32;
    private readonly List<(string Key, Action<BinaryWriter> Write)> _pairs = [];
    private readonly HashSet<string> _keys = [];
    private readonly HashSet<string> _names = [];
    private readonly List<(string Name, GgmlType Type, long[] Dimensions, Action<Stream> Write)> _tensors = [];

    public void Add(string key, string value) => AddPair(key, writer =>
    {
        writer.Write((uint)GgufValueType.String);
        WriteString(writer, value);
    });

    public void Add(string key, bool value) => AddPair(key, writer =>
    {
        writer.Write((uint)GgufValueType.Bool);
        writer.Write(value);
    });

    public void Add(string key, uint value) => AddPair(key, writer =>
    {
        writer.Write((uint)GgufValueType.UInt32);
        writer.Write(value);
    });

    public void Add(string key, int value) => AddPair(key, writer =>
    {
        writer.Write((uint)GgufValueType.Int32);
        writer.Write(value);
    });

    public void Add(string key, ulong value) => AddPair(key, writer =>
    {
        writer.Write((uint)GgufValueType.UInt64);
        writer.Write(value);
    });

    public void Add(string key, float value) => AddPair(key, writer =>
    {
        writer.Write((uint)GgufValueType.Float32);
        writer.Write(value);
    });

    public void Add(string key, IReadOnlyCollection<string> values) => AddArray(key, GgufValueType.String, values, WriteString);

    public void Add(string key, IReadOnlyCollection<int> values) => AddArray(key, GgufValueType.Int32, values, (writer, value) => writer.Write(value));

    public void Add(string key, IReadOnlyCollection<float> values) => AddArray(key, GgufValueType.Float32, values, (writer, value) => writer.Write(value));

    /// <summary>Copies a pair of another file, which must be open until <see cref="Write"/> has returned.</summary>
    internal void Copy(GgufMetadata metadata, string key)
    {
        var (address, length) = metadata.RawValue(key);
        AddPair(key, writer =>
        {
            using var value = new UnmanagedMemoryStream((byte*)address, length);
            value.CopyTo(writer.BaseStream);
        });
    }

    /// <summary>Adds a tensor whose bytes are already laid out.</summary>
    /// <param name="name">Unique, under 64 bytes.</param>
    /// <param name="type">Format of the bytes.</param>
    /// <param name="dimensions">The fastest-running first.</param>
    /// <param name="data">Exactly the bytes that type and dimensions ask for.</param>
    public void AddTensor(string name, GgmlType type, long[] dimensions, ReadOnlyMemory<byte> data) =>
        AddTensor(name, type, dimensions, stream => stream.Write(data.Span));

    /// <summary>Adds a tensor that is written when the file is, so that a large one need not be in memory.</summary>
    public void AddTensor(string name, GgmlType type, long[] dimensions, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(dimensions);
        if (Encoding.UTF8.GetByteCount(name) is 0 or >= 64 || _names.Contains(name))
        {
            throw new ArgumentException($"The tensor name '{name}' is empty, taken, or 64 bytes or longer.", nameof(name));
        }
        if (dimensions.Length is 0 or > 4 || dimensions.Any(length => length < 1) || dimensions[0] % type.BlockLength() != 0)
        {
            throw new ArgumentException(
                $"Tensor '{name}' is {string.Join(" × ", dimensions)}; accepted are 1 to 4 lengths, the first a multiple of {type.BlockLength()}.",
                nameof(dimensions));
        }
        _names.Add(name);
        _tensors.Add((name, type, dimensions, write));
    }

    /// <summary>Writes a file beside the path, syncs it to the disk and renames it: the path holds a whole model or none.</summary>
    public void Write(string path) => WholeFile.Write(path, WriteTo);

    private static long ByteLength(GgmlType type, long[] dimensions) =>
        type.RowBytes(dimensions[0]) * dimensions.Skip(1).Aggregate(1L, (product, length) => checked(product * length));

    private static void WriteString(BinaryWriter writer, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(Stream stream)
    {
        while (stream.Position % Alignment != 0)
        {
            stream.WriteByte(0);
        }
    }

    private void WriteTo(FileStream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_pairs.Count);
        foreach (var (key, write) in _pairs)
        {
            WriteString(writer, key);
            write(writer);
        }
        var offset = 0L;
        foreach (var (name, type, dimensions, _) in _tensors)
        {
            WriteString(writer, name);
            writer.Write((uint)dimensions.Length);
            Array.ForEach(dimensions, writer.Write);
            writer.Write((uint)type);
            writer.Write(offset);
            offset += (ByteLength(type, dimensions) + Alignment - 1) / Alignment * Alignment;
        }
        writer.Flush();
        Pad(stream);
        foreach (var (name, type, dimensions, write) in _tensors)
        {
            var start = stream.Position;
            write(stream);
            if (stream.Position - start != ByteLength(type, dimensions))
            {
                throw new InvalidOperationException(
                    $"Tensor '{name}' was given {stream.Position - start} bytes; it needs {ByteLength(type, dimensions)}.");
            }
            Pad(stream);
        }
    }

    private void AddArray<T>(string key, GgufValueType type, IReadOnlyCollection<T> values, Action<BinaryWriter, T> write) => AddPair(key, writer =>
    {
        writer.Write((uint)GgufValueType.Array);
        writer.Write((uint)type);
        writer.Write((ulong)values.Count);
        foreach (var value in values)
        {
            write(writer, value);
        }
    });

    private void AddPair(string key, Action<BinaryWriter> write)
    {
        if (!_keys.Add(key))
        {
            throw new ArgumentException($"The key '{key}' is taken.", nameof(key));
        }
        _pairs.Add((key, write));
    }
}
