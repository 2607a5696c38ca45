using Slipway.Engine.Architectures;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Training.Export;

/// <summary>The metadata of a model, but for its tokenizer: what <see cref="ModelShape.From"/> reads.</summary>
internal static class GgufKeys
{
    /// <summary>Of the formats' own layout; it has not changed since 2023.</summary>
    private const uint QuantizationVersion = 2;

    public static void Add(GgufWriter writer, ModelShape shape, string name, GgmlType type)
    {
        writer.Add("general.architecture", shape.Architecture);
        writer.Add("general.type", "model");
        writer.Add("general.name", name);
        writer.Add("general.file_type", FileType(type));
        writer.Add("general.quantization_version", QuantizationVersion);
        var prefix = shape.Architecture;
        writer.Add($"{prefix}.block_count", (uint)shape.Layers);
        writer.Add($"{prefix}.context_length", (uint)shape.ContextLength);
        writer.Add($"{prefix}.embedding_length", (uint)shape.Hidden);
        writer.Add($"{prefix}.feed_forward_length", (uint)shape.FeedForward);
        writer.Add($"{prefix}.attention.head_count", (uint)shape.Heads);
        writer.Add($"{prefix}.attention.head_count_kv", (uint)shape.KeyHeads);
        writer.Add($"{prefix}.attention.key_length", (uint)shape.HeadLength);
        writer.Add($"{prefix}.attention.value_length", (uint)shape.HeadLength);
        writer.Add($"{prefix}.attention.layer_norm_rms_epsilon", shape.NormEpsilon);
        writer.Add($"{prefix}.rope.freq_base", shape.RopeBase);
        AddScaling(writer, prefix, shape.Scaling);
    }

    private static void AddScaling(GgufWriter writer, string prefix, RopeScaling scaling)
    {
        if (scaling.Kind == RopeScalingKind.None)
        {
            return;
        }
        writer.Add($"{prefix}.rope.scaling.type", scaling.Kind == RopeScalingKind.Yarn ? "yarn" : "linear");
        writer.Add($"{prefix}.rope.scaling.factor", scaling.Factor);
        if (scaling.Kind == RopeScalingKind.Yarn)
        {
            writer.Add($"{prefix}.rope.scaling.original_context_length", (uint)scaling.OriginalContext);
        }
    }

    /// <summary>A label by which tools name the file's format; readers go by each tensor's type.</summary>
    private static uint FileType(GgmlType type) => type switch
    {
        GgmlType.F32 => 0,
        GgmlType.F16 => 1,
        GgmlType.Q4_0 => 2,
        GgmlType.Q4_1 => 3,
        GgmlType.Q8_0 => 7,
        GgmlType.Q5_0 => 8,
        GgmlType.Q5_1 => 9,
        GgmlType.Q4_K => 14,
        GgmlType.Q5_K => 16,
        GgmlType.Q6_K => 18,
        GgmlType.BF16 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown tensor type."),
    };
}
