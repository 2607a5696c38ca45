namespace Slipway.Engine.Quantization.Search;

/// <summary>The codes that a format stores, both ends included.</summary>
internal readonly record struct CodeRange(int Lowest, int Highest)
{
    /// <summary>Codes from zero, for formats that store a minimum.</summary>
    public static CodeRange Unsigned(int bits) => new(0, (1 << bits) - 1);

    /// <summary>Codes around zero, one further on the negative side.</summary>
    public static CodeRange Signed(int bits) => new(-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
}
