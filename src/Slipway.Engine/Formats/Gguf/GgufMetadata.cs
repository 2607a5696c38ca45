using System.Buffers.Binary;
using System.Text;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>The key-value pairs of a file, read from the mapping on demand. A missing key gives null, a value of another type a fault.</summary>
public sealed unsafe class GgufMetadata
{
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly string _path;

    internal GgufMetadata(string path) => _path = path;

    /// <summary>Keys in the order of the file.</summary>
    public IReadOnlyCollection<string> Keys => _entries.Keys;

    public bool Contains(string key) => _entries.ContainsKey(key);

    public GgufValueType? TypeOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Type : null;

    /// <summary>Elements of an array; null when the key is missing or no array.</summary>
    public int? ArrayLength(string key) => _entries.TryGetValue(key, out var entry) && entry.Type == GgufValueType.Array ? entry.Count : null;

    public string? GetString(string key) =>
        Find(key, GgufValueType.String) is { } entry ? Encoding.UTF8.GetString(entry.Data, entry.Count) : null;

    public bool? GetBool(string key) => Find(key, GgufValueType.Bool) is { } entry ? *entry.Data != 0 : null;

    /// <summary>Any integer type.</summary>
    public long? GetInteger(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }
        return IsInteger(entry.Type) ? ReadInteger(key, entry.Type, entry.Data) : throw WrongType(key, entry, "an integer");
    }

    /// <summary>Any integer or floating-point type.</summary>
    public double? GetNumber(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }
        return IsInteger(entry.Type) || entry.Type is GgufValueType.Float32 or GgufValueType.Float64
            ? ReadNumber(key, entry.Type, entry.Data)
            : throw WrongType(key, entry, "a number");
    }

    /// <summary>A list of strings, not copied.</summary>
    public GgufStringArray? GetStrings(string key) => FindArray(key, type => type == GgufValueType.String, "strings") is { } entry
        ? new GgufStringArray(entry.Data, entry.Count)
        : null;

    /// <summary>A list of integers of any type; each must fit 32 bits.</summary>
    public int[]? GetIntegers(string key)
    {
        if (FindArray(key, IsInteger, "integers") is not { } entry)
        {
            return null;
        }
        var values = new int[entry.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var value = ReadInteger(key, entry.ElementType, entry.Data + (i * entry.ElementType.Bytes()));
            values[i] = value is >= int.MinValue and <= int.MaxValue
                ? (int)value
                : throw new ModelFormatException($"'{_path}': element {i} of '{key}' is {value}, which does not fit 32 bits.");
        }
        return values;
    }

    /// <summary>A list of numbers of any type, as singles.</summary>
    public float[]? GetFloats(string key)
    {
        static bool IsNumber(GgufValueType type) => IsInteger(type) || type is GgufValueType.Float32 or GgufValueType.Float64;
        if (FindArray(key, IsNumber, "numbers") is not { } entry)
        {
            return null;
        }
        var values = new float[entry.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)ReadNumber(key, entry.ElementType, entry.Data + (i * entry.ElementType.Bytes()));
        }
        return values;
    }

    /// <summary>A value with its type before it, as both lie in the file.</summary>
    internal (nint Address, long Length) RawValue(string key) => (_entries[key].RawAddress, _entries[key].RawLength);

    /// <summary>Reads one pair and remembers where its value lies.</summary>
    internal void Read(ref GgufCursor cursor, byte* start)
    {
        var at = cursor.Position;
        var key = Encoding.UTF8.GetString(cursor.ReadString("a key"));
        var value = cursor.Position;
        var type = ReadType(ref cursor, key);
        var entry = type == GgufValueType.Array ? ReadArray(ref cursor, start, key) : ReadScalar(ref cursor, start, key, type);
        entry = entry with { RawAddress = (nint)start + (nint)value, RawLength = cursor.Position - value };
        if (!_entries.TryAdd(key, entry))
        {
            throw cursor.Fault($"the key '{key}' appears twice", at);
        }
    }

    private static GgufValueType ReadType(ref GgufCursor cursor, string key)
    {
        var at = cursor.Position;
        var type = cursor.ReadUInt32();
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw cursor.Fault($"the value of '{key}' has the type {type}; known are 0 to 12", at);
    }

    private static Entry ReadScalar(ref GgufCursor cursor, byte* start, string key, GgufValueType type)
    {
        if (type == GgufValueType.String)
        {
            var text = cursor.ReadString($"the value of '{key}'");
            return new Entry(type, default, start + cursor.Position - text.Length, text.Length);
        }
        var data = start + cursor.Position;
        cursor.Skip(type.Bytes());
        return new Entry(type, default, data, 1);
    }

    private static Entry ReadArray(ref GgufCursor cursor, byte* start, string key)
    {
        var at = cursor.Position;
        var type = ReadType(ref cursor, key);
        if (type == GgufValueType.Array)
        {
            throw cursor.Fault($"the value of '{key}' is a list of lists", at);
        }
        var isText = type == GgufValueType.String;
        var count = cursor.ReadCount($"the number of values of '{key}'", isText ? 8 : type.Bytes());
        if (count > 1 << 30)
        {
            throw cursor.Fault($"'{key}' has {count} values; accepted are up to {1 << 30}", at);
        }
        var data = start + cursor.Position;
        var what = $"a value of '{key}'"; // Made once: there may be 150,000.
        for (var i = 0; isText && i < count; i++)
        {
            cursor.ReadString(what);
        }
        cursor.Skip(isText ? 0 : count * type.Bytes());
        return new Entry(GgufValueType.Array, type, data, (int)count);
    }

    private static bool IsInteger(GgufValueType type) => type is
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.UInt16 or GgufValueType.Int16 or
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.UInt64 or GgufValueType.Int64;

    private long ReadInteger(string key, GgufValueType type, byte* data)
    {
        var bytes = new ReadOnlySpan<byte>(data, type.Bytes());
        return type switch
        {
            GgufValueType.UInt8 => *data,
            GgufValueType.Int8 => (sbyte)*data,
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes) is var value and <= long.MaxValue
                ? (long)value
                : throw new ModelFormatException($"'{_path}': the value of '{key}' is too large; accepted is up to {long.MaxValue}."),
        };
    }

    private double ReadNumber(string key, GgufValueType type, byte* data) => type switch
    {
        GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(new ReadOnlySpan<byte>(data, 4)),
        GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(new ReadOnlySpan<byte>(data, 8)),
        _ => ReadInteger(key, type, data),
    };

    private Entry? Find(string key, GgufValueType type)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }
        return entry.Type == type ? entry : throw WrongType(key, entry, type.ToString());
    }

    private Entry? FindArray(string key, Func<GgufValueType, bool> accepts, string wanted)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }
        return entry.Type == GgufValueType.Array && accepts(entry.ElementType) ? entry : throw WrongType(key, entry, $"a list of {wanted}");
    }

    private ModelFormatException WrongType(string key, Entry entry, string wanted) =>
        new($"'{_path}': the value of '{key}' is {(entry.Type == GgufValueType.Array ? $"a list of {entry.ElementType}" : entry.Type)}; wanted is {wanted}.");

    /// <summary>Count is the length in bytes of a string, or the number of values of a list.</summary>
    private readonly record struct Entry(GgufValueType Type, GgufValueType ElementType, nint Address, int Count)
    {
        public Entry(GgufValueType type, GgufValueType elementType, byte* data, int count)
            : this(type, elementType, (nint)data, count)
        {
        }

        public byte* Data => (byte*)Address;

        public nint RawAddress { get; init; }

        public long RawLength { get; init; }
    }
}
