namespace Slipway.Engine.Formats.Gguf;

/// <summary>
/// Block geometry: the one place that states it. Constants, because kernels step and divide by them in their innermost
/// loops, where one call would spill every register.
/// </summary>
internal static class BlockLayout
{
    /// <summary>Values in a block of the formats without K.</summary>
    public const int Short = 32;

    /// <summary>Values in a block of the K formats.</summary>
    public const int Long = 256;

    // Bytes of a block, by format.
    public const int Q4_0 = 18;
    public const int Q4_1 = 20;
    public const int Q5_0 = 22;
    public const int Q5_1 = 24;
    public const int Q8_0 = 34;
    public const int Q4_K = 144;
    public const int Q5_K = 176;
    public const int Q6_K = 210;
}
