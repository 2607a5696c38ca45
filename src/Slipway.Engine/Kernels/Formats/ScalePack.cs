namespace Slipway.Engine.Kernels.Formats;

/// <summary>The 12 bytes in which the K formats pack eight 6-bit scales and eight 6-bit minima.</summary>
internal static unsafe class ScalePack
{
    public static int Scale(byte* packed, int run) => run < 4
        ? packed[run] & 63
        : (packed[run + 4] & 15) | ((packed[run - 4] >> 6) << 4);

    public static int Minimum(byte* packed, int run) => run < 4
        ? packed[run + 4] & 63
        : (packed[run + 4] >> 4) | ((packed[run] >> 6) << 4);
}
