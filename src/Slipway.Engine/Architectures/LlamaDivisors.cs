using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Architectures;

/// <summary>
/// Llama 3.1's stretching of rotary frequencies: slow pairs turn slower by a factor, fast ones stay, those between are
/// mixed. GGUF files carry the result as the tensor <c>rope_freqs.weight</c>; a <c>config.json</c> says how to compute it.
/// </summary>
internal static class LlamaDivisors
{
    /// <summary>What the configuration calls it.</summary>
    public const string Type = "llama3";

    /// <summary>What each pair's frequency is divided by, [head length / 2]; null where the configuration does not ask for it.</summary>
    /// <exception cref="ModelFormatException">A value is missing or makes no sense.</exception>
    public static float[]? FromConfig(ConfigReader config, ModelShape shape)
    {
        if (RopeScaling.FindSection(config) is not { } section || (section.Text("rope_type") ?? section.Text("type")) != Type)
        {
            return null;
        }
        var factor = section.Number("factor") ?? 8;
        var (low, high) = (section.Number("low_freq_factor") ?? 1, section.Number("high_freq_factor") ?? 4);
        var original = section.Integer("original_max_position_embeddings", 8192);
        if (!(factor >= 1 && low > 0 && high > low && shape.Architecture == "llama"))
        {
            throw new ModelFormatException(
                $"config.json: rope scaling llama3 with factor {factor}, low_freq_factor {low} and high_freq_factor {high} in a "
                + $"{shape.Architecture} model; accepted is llama with a factor of 1 or more and 0 < low < high.");
        }
        var divisors = new float[shape.HeadLength / 2];
        for (var pair = 0; pair < divisors.Length; pair++)
        {
            var frequency = Math.Pow(shape.RopeBase, -2.0 * pair / shape.HeadLength);
            var turns = original * frequency / (2 * Math.PI); // in the context before stretching
            var kept = Math.Clamp((turns - low) / (high - low), 0, 1);
            divisors[pair] = (float)(1 / (((1 - kept) / factor) + kept));
        }
        return divisors;
    }
}
