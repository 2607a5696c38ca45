using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Architectures;

/// <summary>How rotary frequencies are stretched for contexts longer than the model was first trained on.</summary>
/// <param name="Kind">None, linear or YaRN.</param>
/// <param name="Factor">How many times longer.</param>
/// <param name="OriginalContext">The context before stretching, for YaRN.</param>
internal sealed record RopeScaling(RopeScalingKind Kind, float Factor, int OriginalContext)
{
    private const float BetaFast = 32;
    private const float BetaSlow = 1;

    /// <summary>Factor of cosines and sines.</summary>
    public float Magnitude => Kind == RopeScalingKind.Yarn ? 1 + (0.1f * MathF.Log(Factor)) : 1;

    public static RopeScaling From(GgufMetadata metadata, string architecture)
    {
        var type = metadata.GetString($"{architecture}.rope.scaling.type") ?? "none";
        var factor = (float)(metadata.GetNumber($"{architecture}.rope.scaling.factor") ?? 1);
        var original = metadata.GetInteger($"{architecture}.rope.scaling.original_context_length") ?? 0;
        return Create(type, factor, original);
    }

    /// <summary>From a <c>config.json</c>.</summary>
    /// <param name="config">The file.</param>
    /// <param name="context">Its context length, which YaRN stretches where no original one is given.</param>
    public static RopeScaling FromConfig(ConfigReader config, int context)
    {
        if (FindSection(config) is not { } section)
        {
            return new RopeScaling(RopeScalingKind.None, 1, 0);
        }
        var type = section.Text("rope_type") ?? section.Text("type") ?? "none";
        if (type == LlamaDivisors.Type)
        {
            return new RopeScaling(RopeScalingKind.None, 1, 0); // Its factors stand beside the weights, as in GGUF files.
        }
        var factor = (float)(section.Number("factor") ?? 1);
        var scaling = Create(type == "default" ? "none" : type, factor, section.Integer("original_max_position_embeddings", context));
        var (fast, slow) = (section.Number("beta_fast") ?? BetaFast, section.Number("beta_slow") ?? BetaSlow);
        var magnitude = section.Number("attention_factor") ?? scaling.Magnitude;
        return fast == BetaFast && slow == BetaSlow && Math.Abs(magnitude - scaling.Magnitude) < 1e-4
            ? scaling
            : throw new ModelFormatException(
                $"config.json: YaRN with beta_fast {fast}, beta_slow {slow} and attention_factor {magnitude} is not supported; "
                + $"supported are {BetaFast}, {BetaSlow} and {scaling.Magnitude}.");
    }

    /// <summary>Where a <c>config.json</c> speaks of rotary embedding; the name changed with transformers 5.</summary>
    public static ConfigReader? FindSection(ConfigReader config) => config.Object("rope_parameters") ?? config.Object("rope_scaling");

    private static RopeScaling Create(string type, float factor, long original)
    {
        var kind = type switch
        {
            "none" => RopeScalingKind.None,
            "linear" => RopeScalingKind.Linear,
            "yarn" => RopeScalingKind.Yarn,
            _ => throw new ModelFormatException($"Rope scaling '{type}' is not supported; supported are none, linear, yarn and, in config.json, llama3."),
        };
        if (kind != RopeScalingKind.None && !(factor >= 1 && float.IsFinite(factor)))
        {
            throw new ModelFormatException($"The rope scaling factor is {factor}; accepted is 1 or more.");
        }
        if (kind == RopeScalingKind.Yarn && original is <= 0 or > 1 << 24)
        {
            throw new ModelFormatException($"The original context length is {original}; YaRN needs 1 to {1 << 24}.");
        }
        return new RopeScaling(kind, factor, (int)original);
    }

    /// <summary>Angle per position of each of the length / 2 pairs: base^(−2i / length), stretched.</summary>
    /// <param name="ropeBase">θ.</param>
    /// <param name="length">Values per head.</param>
    /// <param name="divisors">Llama 3's factors, [length / 2], or null.</param>
    public double[] Frequencies(float ropeBase, int length, float[]? divisors)
    {
        var frequencies = new double[length / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = Math.Pow(ropeBase, -2.0 * i / length) / (divisors?[i] ?? 1);
            frequencies[i] = Kind switch
            {
                RopeScalingKind.Linear => frequency / Factor,
                RopeScalingKind.Yarn => Blend(frequency, i, ropeBase, length),
                _ => frequency,
            };
        }
        return frequencies;
    }

    /// <summary>YaRN (Peng et al. 2023, arXiv:2309.00071): fast pairs stay, slow ones are stretched, those between are mixed.</summary>
    private double Blend(double frequency, int pair, float ropeBase, int length)
    {
        double PairWith(double rotations) =>
            length * Math.Log(OriginalContext / (rotations * 2 * Math.PI)) / (2 * Math.Log(ropeBase));
        var low = Math.Max(0, Math.Floor(PairWith(BetaFast)));
        var high = Math.Min(length - 1, Math.Ceiling(PairWith(BetaSlow)));
        var stretched = Math.Clamp((pair - low) / Math.Max(0.001, high - low), 0, 1);
        return (frequency / Factor * stretched) + (frequency * (1 - stretched));
    }
}

internal enum RopeScalingKind
{
    None,
    Linear,
    Yarn,
}
