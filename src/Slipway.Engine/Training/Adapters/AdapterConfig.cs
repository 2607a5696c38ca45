using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Training.Adapters;

/// <summary>
/// What <c>adapter_config.json</c> says. What would change W + α / r · B · A and is not understood is refused, never passed over.
/// </summary>
internal static class AdapterConfig
{
    private const int LongestFile = 4 << 20;
    private const int LargestRank = 1024;

    public static (int Rank, double Alpha, string? BaseModelName) Read(string path)
    {
        using var document = JsonFile.Read(path, LongestFile);
        var config = new ConfigReader(document.RootElement, AdapterFolder.ConfigName);
        Require(config.Text("peft_type") == "LORA", $"peft_type is '{config.Text("peft_type")}'; accepted is LORA");
        Require(config.Text("bias") is null or "none", $"bias is '{config.Text("bias")}'; accepted is none");
        foreach (var name in (ReadOnlySpan<string>)["use_rslora", "use_dora", "fan_in_fan_out", "lora_bias"])
        {
            Require(config.Flag(name) is not true, $"{name} is true; accepted is false");
        }
        foreach (var name in (ReadOnlySpan<string>)["rank_pattern", "alpha_pattern", "modules_to_save"])
        {
            Require(!config.HasContent(name), $"{name} is not empty; accepted are adapters of one rank and one alpha, and nothing else");
        }
        var rank = config.Integer("r");
        Require(rank <= LargestRank, $"r is {rank}; accepted is 1 to {LargestRank}");
        var alpha = config.Number("lora_alpha") ?? rank;
        Require(alpha > 0, $"lora_alpha is {alpha}; it must be above 0");
        return (rank, alpha, config.Text("base_model_name_or_path"));
    }

    private static void Require(bool fits, string otherwise)
    {
        if (!fits)
        {
            throw new ModelFormatException($"{AdapterFolder.ConfigName}: {otherwise}.");
        }
    }
}
