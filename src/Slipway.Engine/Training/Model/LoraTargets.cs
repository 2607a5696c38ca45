namespace Slipway.Engine.Training.Model;

/// <summary>Which matrices get a low-rank addition, by the names that LoRA configurations use.</summary>
internal static class LoraTargets
{
    private static readonly Dictionary<string, string> GgufNames = new()
    {
        ["q_proj"] = "attn_q",
        ["k_proj"] = "attn_k",
        ["v_proj"] = "attn_v",
        ["o_proj"] = "attn_output",
        ["gate_proj"] = "ffn_gate",
        ["up_proj"] = "ffn_up",
        ["down_proj"] = "ffn_down",
    };

    /// <summary>Names that may be given, beside none at all, which means every one.</summary>
    public static IReadOnlyCollection<string> Accepted => GgufNames.Keys;

    public static bool Includes(LoraOptions options, string weightName) =>
        options.Targets.Count == 0 || options.Targets.Any(target => weightName.EndsWith($".{GgufNames[target]}.weight", StringComparison.Ordinal));

    /// <exception cref="ArgumentException">A name is not one of <see cref="Accepted"/>.</exception>
    public static void Check(LoraOptions options)
    {
        if (options.Targets.FirstOrDefault(target => !GgufNames.ContainsKey(target)) is { } unknown)
        {
            throw new ArgumentException($"LoRA target '{unknown}' is unknown; accepted are {string.Join(", ", Accepted)}.", nameof(options));
        }
    }
}
