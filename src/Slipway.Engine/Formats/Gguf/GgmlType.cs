namespace Slipway.Engine.Formats.Gguf;

/// <summary>How the values of a tensor are stored; the numbers are those of the GGUF file format.</summary>
public enum GgmlType
{
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    BF16 = 30,
}

/// <summary>Block geometry of each <see cref="GgmlType"/>.</summary>
public static class GgmlTypeExtensions
{
    /// <summary>Values per block; a row's length must be a multiple of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of <see cref="GgmlType"/>.</exception>
    public static int BlockLength(this GgmlType type) => type switch
    {
        GgmlType.F32 or GgmlType.F16 or GgmlType.BF16 => 1,
        GgmlType.Q4_0 or GgmlType.Q4_1 or GgmlType.Q5_0 or GgmlType.Q5_1 or GgmlType.Q8_0 => BlockLayout.Short,
        GgmlType.Q4_K or GgmlType.Q5_K or GgmlType.Q6_K => BlockLayout.Long,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown tensor type."),
    };

    /// <summary>Bytes per block.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of <see cref="GgmlType"/>.</exception>
    public static int BlockBytes(this GgmlType type) => type switch
    {
        GgmlType.F32 => 4,
        GgmlType.F16 or GgmlType.BF16 => 2,
        GgmlType.Q4_0 => BlockLayout.Q4_0,
        GgmlType.Q4_1 => BlockLayout.Q4_1,
        GgmlType.Q5_0 => BlockLayout.Q5_0,
        GgmlType.Q5_1 => BlockLayout.Q5_1,
        GgmlType.Q8_0 => BlockLayout.Q8_0,
        GgmlType.Q4_K => BlockLayout.Q4_K,
        GgmlType.Q5_K => BlockLayout.Q5_K,
        GgmlType.Q6_K => BlockLayout.Q6_K,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown tensor type."),
    };

    /// <summary>Bytes of one row of <paramref name="length"/> values.</summary>
    public static long RowBytes(this GgmlType type, long length) => length / type.BlockLength() * type.BlockBytes();
}
