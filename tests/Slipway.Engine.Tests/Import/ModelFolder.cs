using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Import;

/// <summary>
/// A <see cref="TestModel"/> written as Hugging Face's tools would: their tensor names and, for Llama, their order of rows.
/// Tests change what they need and then write.
/// </summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestModel _model;

    public ModelFolder(TestModel model)
    {
        _model = model;
        foreach (var (name, tensor) in model.Tensors.Where(pair => pair.Key != "rope_freqs.weight"))
        {
            Tensors[TensorNames.ToHuggingFace(name)!] = new FolderTensorBytes(
                TypeOf(tensor.Type), [.. tensor.Dimensions.Reverse()], model.Architecture == "llama" ? Unpermuted(name, tensor) : tensor.Bytes);
        }
        Config = MakeConfig(model);
    }

    public string Path => _folder.Path;

    /// <summary>By Hugging Face's names.</summary>
    public SortedDictionary<string, FolderTensorBytes> Tensors { get; } = new(StringComparer.Ordinal);

    public JsonObject Config { get; }

    /// <summary>Content of <c>generation_config.json</c>; null for none.</summary>
    public JsonObject? Generation { get; set; }

    /// <summary>Files that the weights are spread over.</summary>
    public int Shards { get; set; } = 1;

    /// <summary>Whether the data begins at an odd byte.</summary>
    public bool IsOdd { get; set; }

    public string At(string file) => _folder.At(file);

    /// <summary>Writes all of it and gives the folder's path.</summary>
    public string Write()
    {
        File.WriteAllText(At("config.json"), Config.ToJsonString());
        if (Generation is { } generation)
        {
            File.WriteAllText(At("generation_config.json"), generation.ToJsonString());
        }
        WriteTokenizer();
        WriteWeights();
        return Path;
    }

    public LanguageModel Load() => LanguageModel.Load(Write());

    public void Dispose() => _folder.Dispose();

    private void WriteTokenizer()
    {
        using var gguf = new TemporaryFile();
        _model.Write(gguf.Path);
        using var file = GgufFile.Open(gguf.Path);
        var tokenizer = Tokenizer.FromGguf(file.Metadata);
        File.WriteAllBytes(At("tokenizer.json"), TokenizerWriter.WriteTokenizerJson(tokenizer));
        File.WriteAllBytes(At("tokenizer_config.json"), TokenizerWriter.WriteTokenizerConfig(tokenizer, TestModel.ChatTemplate));
    }

    private void WriteWeights()
    {
        if (Shards == 1)
        {
            WriteWeights("model.safetensors", Tensors);
            return;
        }
        var map = new JsonObject();
        foreach (var (index, part) in Tensors.Chunk((Tensors.Count + Shards - 1) / Shards).Index())
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"model-{index + 1:D5}-of-{Shards:D5}.safetensors");
            WriteWeights(file, part);
            foreach (var (name, _) in part)
            {
                map[name] = file;
            }
        }
        File.WriteAllText(At("model.safetensors.index.json"), new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
    }

    private void WriteWeights(string file, IEnumerable<KeyValuePair<string, FolderTensorBytes>> tensors)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, tensor) in tensors)
        {
            writer.Add(name, tensor.Type, tensor.Shape, stream => stream.Write(tensor.Bytes));
        }
        writer.Write(At(file));
        if (IsOdd)
        {
            var bytes = File.ReadAllBytes(At(file));
            var length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            BinaryPrimitives.WriteInt64LittleEndian(bytes, length + 1);
            File.WriteAllBytes(At(file), [.. bytes[..(int)(8 + length)], .. " "u8, .. bytes[(int)(8 + length)..]]);
        }
    }

    private static JsonObject MakeConfig(TestModel model) => new()
    {
        ["model_type"] = model.Architecture,
        ["hidden_act"] = "silu",
        ["hidden_size"] = model.Hidden,
        ["intermediate_size"] = model.FeedForward,
        ["num_hidden_layers"] = model.Layers,
        ["num_attention_heads"] = model.Heads,
        ["num_key_value_heads"] = model.KeyHeads,
        ["head_dim"] = model.HeadLength,
        ["max_position_embeddings"] = model.ContextLength,
        ["rms_norm_eps"] = model.NormEpsilon,
        ["rope_theta"] = model.RopeBase,
        ["tie_word_embeddings"] = !model.Tensors.ContainsKey("output.weight"),
        // The pairs of a Llama test model are divided by 1 or by 8: here by bounds between which no pair lies.
        ["rope_scaling"] = model.Architecture != "llama" ? null : JsonNode.Parse(
            """{"rope_type":"llama3","factor":8,"low_freq_factor":20,"high_freq_factor":30,"original_max_position_embeddings":8192}"""),
    };

    private static SafetensorsType TypeOf(GgmlType type) => Enum.Parse<SafetensorsType>(type.ToString());

    /// <summary>Row 2i of a query or key head is the folder's row i, row 2i + 1 its row i + length / 2.</summary>
    private byte[] Unpermuted(string name, TestTensor tensor)
    {
        if (!name.Contains(".attn_q.", StringComparison.Ordinal) && !name.Contains(".attn_k.", StringComparison.Ordinal))
        {
            return tensor.Bytes;
        }
        var (bytes, length) = (new byte[tensor.Bytes.Length], _model.HeadLength);
        var row = tensor.Bytes.Length / (int)tensor.Dimensions[1];
        for (var from = 0; from < tensor.Dimensions[1]; from++)
        {
            var (head, place) = (from / length, from % length);
            var to = (head * length) + (place % 2 == 0 ? place / 2 : (place / 2) + (length / 2));
            tensor.Bytes.AsSpan(from * row, row).CopyTo(bytes.AsSpan(to * row));
        }
        return bytes;
    }
}

/// <summary>A tensor as a safetensors file has it; the fastest-running length last.</summary>
internal sealed record FolderTensorBytes(SafetensorsType Type, long[] Shape, byte[] Bytes);
