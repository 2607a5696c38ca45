using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tokenizers;

namespace Slipway.Server.Tests.Models;

/// <summary>A small random Qwen3 as Hugging Face's tools lay models out, and the same weights in a GGUF file beside it.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["token_embd"] = "embed_tokens",
        ["output_norm"] = "norm",
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };

    private readonly TestModel _model = TestModel.Create("qwen3", GgmlType.BF16);
    private readonly string _home = Directory.CreateTempSubdirectory("slipway-checkpoint-").FullName;

    public CheckpointFolder()
    {
        Directory.CreateDirectory(Path);
        _model.Write(Gguf);
        using var file = GgufFile.Open(Gguf);
        var tokenizer = Tokenizer.FromGguf(file.Metadata);
        File.WriteAllBytes(At("tokenizer.json"), TokenizerWriter.WriteTokenizerJson(tokenizer));
        File.WriteAllBytes(At("tokenizer_config.json"), TokenizerWriter.WriteTokenizerConfig(tokenizer, TestModel.ChatTemplate));
        Widen(_model.FeedForward);
    }

    public string Path => System.IO.Path.Combine(_home, "Random-0.1B");

    public string Gguf => System.IO.Path.Combine(_home, "same.gguf");

    /// <summary>Where a test may write.</summary>
    public string Beside(string name) => System.IO.Path.Combine(_home, name);

    /// <summary>Writes <c>config.json</c> with a change.</summary>
    public void Configure(Action<JsonObject> change)
    {
        var config = new JsonObject
        {
            ["model_type"] = "qwen3",
            ["hidden_size"] = 64,
            ["intermediate_size"] = 128,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["head_dim"] = 32,
            ["max_position_embeddings"] = 512,
            ["rms_norm_eps"] = 1e-6,
            ["rope_theta"] = 10_000,
            ["tie_word_embeddings"] = true,
        };
        change(config);
        File.WriteAllText(At("config.json"), config.ToJsonString());
    }

    /// <summary>Writes the weights with feed-forward layers of another width: all zeros, holes in the file, however large.</summary>
    public void Widen(int feedForward)
    {
        var header = new JsonObject();
        var pieces = new List<(long Length, byte[]? Bytes)>();
        var begin = 0L;
        foreach (var (name, tensor) in _model.Tensors)
        {
            var isWidened = feedForward != _model.FeedForward && name.Contains(".ffn_", StringComparison.Ordinal) && tensor.Dimensions.Length == 2;
            long[] shape = [.. tensor.Dimensions.Reverse().Select(length => isWidened && length == _model.FeedForward ? feedForward : length)];
            pieces.Add(isWidened ? (shape[0] * shape[1] * 2, null) : (tensor.Bytes.Length, tensor.Bytes));
            header[NameOf(name)] = new JsonObject
            {
                ["dtype"] = tensor.Type.ToString(),
                ["shape"] = new JsonArray([.. shape.Select(length => (JsonNode)length)]),
                ["data_offsets"] = new JsonArray(begin, begin + pieces[^1].Length),
            };
            begin += pieces[^1].Length;
        }
        WriteWeights(Encoding.UTF8.GetBytes(header.ToJsonString()), pieces);
        Configure(config => config["intermediate_size"] = feedForward);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private string At(string file) => System.IO.Path.Combine(Path, file);

    private void WriteWeights(byte[] header, List<(long Length, byte[]? Bytes)> pieces)
    {
        using var stream = File.Create(At("model.safetensors"));
        stream.Write(BitConverter.GetBytes((long)header.Length));
        stream.Write(header);
        foreach (var (length, bytes) in pieces)
        {
            stream.Write(bytes);
            stream.Seek(bytes is null ? length : 0, SeekOrigin.Current);
        }
        stream.SetLength(stream.Position);
    }

    private static string NameOf(string gguf) => gguf.Split('.') switch
    {
        ["blk", var layer, var name, var end] => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{Names[name]}.{end}"),
        [var name, var end] => $"model.{Names[name]}.{end}",
        _ => throw new ArgumentException($"'{gguf}' is no tensor of a test model.", nameof(gguf)),
    };
}
