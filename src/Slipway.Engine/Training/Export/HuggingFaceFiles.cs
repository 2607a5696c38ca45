using System.Text.Json;
using Slipway.Engine.Architectures;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training.Export;

/// <summary>The files of a Hugging Face folder.</summary>
internal static class HuggingFaceFiles
{
    public const string Config = "config.json";

    public static void Write(
        string folder, ModelShape shape, Tokenizer tokenizer, string? chatTemplate, IReadOnlyList<Parameter> parameters)
    {
        var rows = parameters.First(parameter => parameter.Name == "token_embd.weight").Rows;
        var isTied = parameters.All(parameter => parameter.Name != "output.weight");
        WriteObject(folder, Config, json => WriteConfig(json, shape, tokenizer, rows, isTied));
        WriteObject(folder, "generation_config.json", json => WriteGenerationConfig(json, tokenizer));
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.json"), TokenizerWriter.WriteTokenizerJson(tokenizer));
        File.WriteAllBytes(Path.Combine(folder, "tokenizer_config.json"), TokenizerWriter.WriteTokenizerConfig(tokenizer, chatTemplate));
        WriteWeights(Path.Combine(folder, SafetensorsFile.FileName), parameters);
    }

    private static void WriteWeights(string path, IReadOnlyList<Parameter> parameters)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pt"); // Hugging Face's loader refuses files that do not say this.
        foreach (var parameter in parameters)
        {
            var name = TensorNames.ToHuggingFace(parameter.Name)
                ?? throw new InvalidOperationException($"Parameter '{parameter.Name}' has no name in Hugging Face's checkpoints.");
            writer.Add(
                name,
                SafetensorsType.BF16,
                parameter.IsVector ? [parameter.Length] : [parameter.Rows, parameter.Columns],
                stream => ParameterWriter.Write(stream, parameter, parameter.Rows, GgmlType.BF16));
        }
        writer.Write(path);
    }

    private static void WriteConfig(Utf8JsonWriter json, ModelShape shape, Tokenizer tokenizer, int rows, bool isTied)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue("Qwen3ForCausalLM");
        json.WriteEndArray();
        json.WriteBoolean("attention_bias", false);
        json.WriteNumber("attention_dropout", 0.0);
        WriteId(json, "bos_token_id", tokenizer.BeginToken);
        WriteId(json, "eos_token_id", tokenizer.EndToken);
        WriteId(json, "pad_token_id", tokenizer.PadToken);
        json.WriteNumber("head_dim", shape.HeadLength);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", shape.Hidden);
        json.WriteNumber("initializer_range", 0.02);
        json.WriteNumber("intermediate_size", shape.FeedForward);
        json.WriteNumber("max_position_embeddings", shape.ContextLength);
        json.WriteNumber("max_window_layers", shape.Layers);
        json.WriteString("model_type", "qwen3");
        json.WriteNumber("num_attention_heads", shape.Heads);
        json.WriteNumber("num_hidden_layers", shape.Layers);
        json.WriteNumber("num_key_value_heads", shape.KeyHeads);
        json.WriteNumber("rms_norm_eps", shape.NormEpsilon);
        WriteScaling(json, shape.Scaling);
        json.WriteNumber("rope_theta", shape.RopeBase);
        json.WriteNull("sliding_window");
        json.WriteBoolean("tie_word_embeddings", isTied);
        json.WriteString("torch_dtype", "bfloat16");
        json.WriteBoolean("use_cache", true);
        json.WriteBoolean("use_sliding_window", false);
        json.WriteNumber("vocab_size", rows);
    }

    private static void WriteScaling(Utf8JsonWriter json, RopeScaling scaling)
    {
        if (scaling.Kind == RopeScalingKind.None)
        {
            json.WriteNull("rope_scaling");
            return;
        }
        json.WriteStartObject("rope_scaling");
        json.WriteString("rope_type", scaling.Kind == RopeScalingKind.Yarn ? "yarn" : "linear");
        json.WriteNumber("factor", scaling.Factor);
        if (scaling.Kind == RopeScalingKind.Yarn)
        {
            json.WriteNumber("original_max_position_embeddings", scaling.OriginalContext);
        }
        json.WriteEndObject();
    }

    /// <summary>How sampling is best done depends on the use; what ends an answer does not.</summary>
    private static void WriteGenerationConfig(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        WriteId(json, "bos_token_id", tokenizer.BeginToken);
        WriteId(json, "pad_token_id", tokenizer.PadToken);
        json.WriteStartArray("eos_token_id");
        foreach (var id in tokenizer.EndTokens.OrderBy(id => id != tokenizer.EndToken).ThenBy(id => id))
        {
            json.WriteNumberValue(id);
        }
        json.WriteEndArray();
    }

    private static void WriteId(Utf8JsonWriter json, string name, int? id)
    {
        if (id is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteObject(string folder, string name, Action<Utf8JsonWriter> write)
    {
        using var stream = File.Create(Path.Combine(folder, name));
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }
}
