using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Quantization;

/// <summary>What a whole model is stored as. The mixed kinds keep sensitive tensors more exactly; see <see cref="TensorTypes"/>.</summary>
public enum QuantizationType
{
    F16,
    BF16,
    Q8_0,
    Q6_K,
    Q5_K_M,
    Q4_K_M,
    Q4_0,
}

/// <summary>Facts about each <see cref="QuantizationType"/>.</summary>
public static class QuantizationTypeExtensions
{
    /// <summary>The format of tensors that no rule treats specially.</summary>
    public static GgmlType Plain(this QuantizationType type) => type switch
    {
        QuantizationType.F16 => GgmlType.F16,
        QuantizationType.BF16 => GgmlType.BF16,
        QuantizationType.Q8_0 => GgmlType.Q8_0,
        QuantizationType.Q6_K => GgmlType.Q6_K,
        QuantizationType.Q5_K_M => GgmlType.Q5_K,
        QuantizationType.Q4_K_M => GgmlType.Q4_K,
        QuantizationType.Q4_0 => GgmlType.Q4_0,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown kind of quantization."),
    };

    /// <summary>The number that stands for it in <c>general.file_type</c>.</summary>
    public static uint FileType(this QuantizationType type) => type switch
    {
        QuantizationType.F16 => 1,
        QuantizationType.Q4_0 => 2,
        QuantizationType.Q8_0 => 7,
        QuantizationType.Q4_K_M => 15,
        QuantizationType.Q5_K_M => 17,
        QuantizationType.Q6_K => 18,
        QuantizationType.BF16 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown kind of quantization."),
    };
}
