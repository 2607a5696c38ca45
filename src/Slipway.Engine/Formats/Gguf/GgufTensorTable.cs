using System.Collections.Immutable;
using System.Text;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>Reads the descriptions of tensors and checks them against the file before anything is touched.</summary>
internal static unsafe class GgufTensorTable
{
    private const int MostDimensions = 4;

    /// <summary>Name length, dimension count, type, offset and at least one dimension.</summary>
    public const int LeastBytes = 8 + 4 + 8 + 4 + 8;

    public static List<GgufTensor> Read(ref GgufCursor cursor, byte* start, long length, long count, long alignment)
    {
        var descriptions = new List<Description>();
        for (var i = 0L; i < count; i++)
        {
            descriptions.Add(ReadDescription(ref cursor, alignment));
        }
        var data = (cursor.Position + alignment - 1) / alignment * alignment;
        CheckPlaces(cursor, descriptions, length - data);
        return [.. descriptions.Select(tensor => Place(tensor, (nint)(start + data)))];
    }

    private static Description ReadDescription(ref GgufCursor cursor, long alignment)
    {
        var at = cursor.Position;
        var name = Encoding.UTF8.GetString(cursor.ReadString("a tensor's name"));
        var rank = cursor.ReadUInt32();
        if (rank is 0 or > MostDimensions)
        {
            throw cursor.Fault($"tensor '{name}' has {rank} dimensions; accepted are 1 to {MostDimensions}", at);
        }
        var dimensions = new long[rank];
        UInt128 elements = 1;
        for (var i = 0; i < rank; i++)
        {
            var dimension = cursor.ReadUInt64();
            elements *= dimension;
            if (dimension is 0 or > int.MaxValue || elements > (UInt128)(1L << 48))
            {
                throw cursor.Fault($"dimension {i} of tensor '{name}' is {dimension}, which no file can hold", at);
            }
            dimensions[i] = (long)dimension;
        }
        var type = ReadType(ref cursor, name);
        if (dimensions[0] % type.BlockLength() != 0)
        {
            throw cursor.Fault($"rows of tensor '{name}' have {dimensions[0]} values; {type} needs a multiple of {type.BlockLength()}", at);
        }
        var offset = cursor.ReadUInt64();
        if (offset % (ulong)alignment != 0 || offset > long.MaxValue)
        {
            throw cursor.Fault($"tensor '{name}' begins at {offset}, which is no multiple of {alignment}", at);
        }
        return new Description(name, type, [.. dimensions], (long)offset, (long)elements / type.BlockLength() * type.BlockBytes());
    }

    private static GgmlType ReadType(ref GgufCursor cursor, string name)
    {
        var at = cursor.Position;
        var type = (GgmlType)cursor.ReadUInt32();
        return Enum.IsDefined(type)
            ? type
            : throw cursor.Fault($"tensor '{name}' is of type {Describe((int)type)}; supported are {string.Join(", ", Enum.GetNames<GgmlType>())}", at);
    }

    /// <summary>Types of the format that this engine does not read, so that the message can name them.</summary>
    private static string Describe(int type) => type switch
    {
        9 => "Q8_1 (9)",
        10 => "Q2_K (10)",
        11 => "Q3_K (11)",
        15 => "Q8_K (15)",
        16 => "IQ2_XXS (16)",
        17 => "IQ2_XS (17)",
        18 => "IQ3_XXS (18)",
        19 => "IQ1_S (19)",
        20 => "IQ4_NL (20)",
        21 => "IQ3_S (21)",
        22 => "IQ2_S (22)",
        23 => "IQ4_XS (23)",
        24 => "I8 (24)",
        25 => "I16 (25)",
        26 => "I32 (26)",
        27 => "I64 (27)",
        28 => "F64 (28)",
        29 => "IQ1_M (29)",
        34 => "TQ1_0 (34)",
        35 => "TQ2_0 (35)",
        39 => "MXFP4 (39)",
        40 => "NVFP4 (40)",
        _ => $"{type}",
    };

    /// <summary>Tensors may not overlap, and the last must end in the file; padding after it may be missing.</summary>
    private static void CheckPlaces(GgufCursor cursor, List<Description> tensors, long available)
    {
        var names = new HashSet<string>();
        var end = 0L;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset))
        {
            if (!names.Add(tensor.Name))
            {
                throw cursor.Fault($"tensor '{tensor.Name}' appears twice", cursor.Position);
            }
            if (tensor.Offset < end)
            {
                throw cursor.Fault($"tensor '{tensor.Name}' begins at {tensor.Offset}, inside the one before it", cursor.Position);
            }
            if (tensor.Offset > available - tensor.Bytes)
            {
                throw cursor.Fault(
                    $"tensor '{tensor.Name}' needs bytes {tensor.Offset} to {tensor.Offset + tensor.Bytes} of the data, which has {Math.Max(0, available)}; the file is cut short",
                    cursor.Position);
            }
            end = tensor.Offset + tensor.Bytes;
        }
    }

    private static GgufTensor Place(Description tensor, nint data) =>
        new(tensor.Name, tensor.Type, tensor.Dimensions, tensor.Bytes, (byte*)data + tensor.Offset);

    private readonly record struct Description(string Name, GgmlType Type, ImmutableArray<long> Dimensions, long Offset, long Bytes);
}
