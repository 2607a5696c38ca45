using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Engine.Quantization;

namespace Slipway.Server.Serving.Formats;

/// <summary>What the weights of a model are kept in, in the words of <c>/quantization</c>.</summary>
internal enum WeightFormat
{
    /// <summary>Q8_0.</summary>
    Int8,

    /// <summary>Q4_K and all else below eight bits.</summary>
    Int4,

    /// <summary>A checkpoint of that kind, repacked.</summary>
    Gptq,

    Fp16,

    Bf16,

    /// <summary>Can be loaded, not switched to.</summary>
    Fp32,
}

/// <summary>Facts about each <see cref="WeightFormat"/>.</summary>
internal static class WeightFormats
{
    /// <summary>Those that can be switched to, by name.</summary>
    public static IReadOnlyList<string> Accepted { get; } = ["int8", "int4", "gptq", "fp16", "bf16"];

    public static string Name(this WeightFormat format) => format switch
    {
        WeightFormat.Int8 => "int8",
        WeightFormat.Int4 => "int4",
        WeightFormat.Gptq => "gptq",
        WeightFormat.Fp16 => "fp16",
        WeightFormat.Bf16 => "bf16",
        WeightFormat.Fp32 => "fp32",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Unknown format of weights."),
    };

    /// <summary>The format of that name; it must be one of <see cref="Accepted"/>.</summary>
    public static WeightFormat Parse(string name) => Enum.GetValues<WeightFormat>().First(format => format.Name() == name);

    public static WeightFormat Of(WeightFacts weights) => weights switch
    {
        { IsGptq: true } => WeightFormat.Gptq,
        { Type: GgmlType.Q8_0 } => WeightFormat.Int8,
        { Type: GgmlType.F16 } => WeightFormat.Fp16,
        { Type: GgmlType.BF16 } => WeightFormat.Bf16,
        { Type: GgmlType.F32 } => WeightFormat.Fp32,
        _ => WeightFormat.Int4,
    };

    /// <summary>
    /// What a model is stored as to have it in another format; null where that would not make sense, for it takes as many bits or more
    /// than the source has, or cannot be made at all.
    /// </summary>
    public static QuantizationType? Recipe(WeightFormat from, WeightFormat to) => (from, to) switch
    {
        (WeightFormat.Fp32 or WeightFormat.Fp16 or WeightFormat.Bf16, WeightFormat.Int8) => QuantizationType.Q8_0,
        (WeightFormat.Fp32 or WeightFormat.Fp16 or WeightFormat.Bf16 or WeightFormat.Int8, WeightFormat.Int4) => QuantizationType.Q4_K_M,
        (WeightFormat.Fp32 or WeightFormat.Bf16, WeightFormat.Fp16) => QuantizationType.F16,
        (WeightFormat.Fp32 or WeightFormat.Fp16, WeightFormat.Bf16) => QuantizationType.BF16,
        _ => null,
    };
}
