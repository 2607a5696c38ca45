namespace Slipway.Engine.Formats.Safetensors;

/// <summary>How the values of a tensor are stored, named as the file names them.</summary>
internal enum SafetensorsType
{
    BOOL,
    F4,
    F6_E2M3,
    F6_E3M2,
    U8,
    I8,
    F8_E5M2,
    F8_E4M3,
    F8_E8M0,
    F8_E4M3FNUZ,
    F8_E5M2FNUZ,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    C64,
    F64,
    I64,
    U64,
}

internal static class SafetensorsTypeExtensions
{
    /// <summary>Bits of one value.</summary>
    public static int Bits(this SafetensorsType type) => type switch
    {
        SafetensorsType.F4 => 4,
        SafetensorsType.F6_E2M3 or SafetensorsType.F6_E3M2 => 6,
        <= SafetensorsType.F8_E5M2FNUZ => 8,
        <= SafetensorsType.BF16 => 16,
        <= SafetensorsType.F32 => 32,
        _ => 64,
    };
}
