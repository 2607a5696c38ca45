using System.Text.Json;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Training.Export;

namespace Slipway.Engine.Training.Adapters;

/// <summary>Adapters as PEFT lays them out: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
internal static class AdapterFolder
{
    public const string ConfigName = "adapter_config.json";
    public const string WeightsName = "adapter_model.safetensors";

    /// <summary>Writes a folder, weights in F32. It appears whole; one that holds an adapter is replaced.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="options">Rank and α.</param>
    /// <param name="baseModelName">The model that the adapter belongs to: a path, or a name on Hugging Face's hub.</param>
    /// <param name="pairs">At least one.</param>
    /// <exception cref="IOException">The folder is there and holds something else.</exception>
    public static void Write(string folder, LoraOptions options, string baseModelName, IReadOnlyList<LoraPair> pairs) =>
        WholeFolder.Write(folder, ConfigName, partial =>
        {
            WriteConfig(Path.Combine(partial, ConfigName), options, baseModelName, pairs);
            WriteWeights(Path.Combine(partial, WeightsName), pairs);
        });

    /// <summary>Reads a folder; the caller disposes the result.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="ModelFormatException">It is broken, or asks for what is more than W + α / r · B · A.</exception>
    public static Adapter Read(string folder)
    {
        var (rank, alpha, name) = AdapterConfig.Read(Path.Combine(folder, ConfigName));
        return new Adapter(rank, alpha, name, AdapterWeights.Read(Path.Combine(folder, WeightsName), rank));
    }

    private static void WriteConfig(string path, LoraOptions options, string baseModelName, IReadOnlyList<LoraPair> pairs)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("base_model_name_or_path", baseModelName);
        json.WriteString("bias", "none");
        json.WriteBoolean("fan_in_fan_out", false);
        json.WriteBoolean("inference_mode", true);
        json.WriteNumber("lora_alpha", options.Alpha ?? (2 * options.Rank));
        json.WriteNumber("lora_dropout", 0.0);
        json.WriteString("peft_type", "LORA");
        json.WriteNumber("r", options.Rank);
        json.WriteStartArray("target_modules");
        foreach (var target in TensorNames.Targets.Intersect(pairs.Select(pair => TensorNames.TargetOf(pair.GgufName)!)))
        {
            json.WriteStringValue(target);
        }
        json.WriteEndArray();
        json.WriteString("task_type", "CAUSAL_LM");
        json.WriteEndObject();
    }

    private static unsafe void WriteWeights(string path, IReadOnlyList<LoraPair> pairs)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pt");
        foreach (var pair in pairs)
        {
            var (a, b) = AdapterNames.Of(pair.GgufName);
            writer.Add(a, [pair.A.Rows, pair.A.Columns], pair.A.Value);
            writer.Add(b, [pair.B.Rows, pair.B.Columns], pair.B.Value);
        }
        writer.Write(path);
    }
}
