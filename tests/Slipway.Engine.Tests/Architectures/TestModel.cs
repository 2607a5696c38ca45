using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Tests.Architectures;

/// <summary>A tensor of a <see cref="TestModel"/> as it is stored.</summary>
/// <param name="Dimensions">The fastest-running first.</param>
/// <param name="Type">Its format.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record TestTensor(long[] Dimensions, GgmlType Type, byte[] Bytes);

/// <summary>A small model of random weights, made in code: it speaks nonsense, but exactly the nonsense its weights say.</summary>
internal sealed class TestModel
{
    /// <summary>A template in the manner of ChatML, with a switch for thinking.</summary>
    public const string ChatTemplate =
        "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}"
        + "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
        + "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}";

    private static readonly string[] Merges = ["Ġ t", "h e", "Ġt he", "i n", "e r", "l l"];
    private static readonly string[] Controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
    private static readonly string[] UserDefined = ["<think>", "</think>"];
    private readonly Random _random;

    private TestModel(string architecture, int hidden, int seed, int contextLength)
    {
        _random = new Random(seed);
        (Architecture, Hidden, ContextLength) = (architecture, hidden, contextLength);
    }

    public string Architecture { get; }

    public int Layers { get; } = 2;

    public int Hidden { get; }

    public int FeedForward => 2 * Hidden;

    public int Heads { get; } = 4;

    public int KeyHeads { get; } = 2;

    /// <summary>Qwen3's is free; the others' is the share of the width.</summary>
    public int HeadLength => Architecture == "qwen3" ? Hidden / 2 : Hidden / Heads;

    public double NormEpsilon { get; } = 1e-6;

    public double RopeBase { get; } = 10_000;

    public int ContextLength { get; }

    /// <summary>The chat template that the file gets.</summary>
    public string Template { get; set; } = ChatTemplate;

    public static int Vocabulary => 256 + Merges.Length + Controls.Length + UserDefined.Length;

    public Dictionary<string, TestTensor> Tensors { get; } = [];

    /// <summary>Makes the weights.</summary>
    /// <param name="architecture">qwen3, qwen2 or llama.</param>
    /// <param name="type">Format of the matrices.</param>
    /// <param name="hidden">Width; 256 for the formats of 256 values.</param>
    /// <param name="seed">Other seeds, other weights.</param>
    /// <param name="tied">Whether the logits use the embedding.</param>
    /// <param name="contextLength">Tokens of a sequence at most.</param>
    public static TestModel Create(string architecture = "qwen3", GgmlType type = GgmlType.F32, int hidden = 64, int seed = 1, bool tied = true, int contextLength = 512)
    {
        var model = new TestModel(architecture, hidden, seed, contextLength);
        model.AddMatrix("token_embd.weight", type, Vocabulary, hidden);
        if (!tied)
        {
            model.AddMatrix("output.weight", type, Vocabulary, hidden);
        }
        model.AddVector("output_norm.weight", hidden, mean: 1);
        if (architecture == "llama")
        {
            model.Tensors["rope_freqs.weight"] = Encode([model.HeadLength / 2], GgmlType.F32,
                [.. Enumerable.Range(0, model.HeadLength / 2).Select(i => i < model.HeadLength / 4 ? 1f : 8f)]);
        }
        for (var layer = 0; layer < model.Layers; layer++)
        {
            model.AddLayer($"blk.{layer}.", type);
        }
        return model;
    }

    /// <summary>Writes the model as a GGUF file.</summary>
    public void Write(string path)
    {
        var writer = new GgufWriter();
        writer.Add("general.architecture", Architecture);
        writer.Add("general.name", $"test-{Architecture}");
        writer.Add($"{Architecture}.block_count", (uint)Layers);
        writer.Add($"{Architecture}.context_length", (uint)ContextLength);
        writer.Add($"{Architecture}.embedding_length", (uint)Hidden);
        writer.Add($"{Architecture}.feed_forward_length", (uint)FeedForward);
        writer.Add($"{Architecture}.attention.head_count", (uint)Heads);
        writer.Add($"{Architecture}.attention.head_count_kv", (uint)KeyHeads);
        writer.Add($"{Architecture}.attention.key_length", (uint)HeadLength);
        writer.Add($"{Architecture}.attention.value_length", (uint)HeadLength);
        writer.Add($"{Architecture}.attention.layer_norm_rms_epsilon", (float)NormEpsilon);
        writer.Add($"{Architecture}.rope.freq_base", (float)RopeBase);
        AddTokenizer(writer);
        foreach (var (name, tensor) in Tensors)
        {
            writer.AddTensor(name, tensor.Type, tensor.Dimensions, tensor.Bytes);
        }
        writer.Write(path);
    }

    /// <summary>The printable character that byte-level vocabularies write a byte as.</summary>
    private static char Spell(int value)
    {
        static bool Prints(int b) => b is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
        return Prints(value) ? (char)value : (char)(0x100 + Enumerable.Range(0, value).Count(other => !Prints(other)));
    }

    private static TestTensor Encode(long[] dimensions, GgmlType type, float[] values) => new(dimensions, type, Quantizer.Encode(type, values));

    private void AddTokenizer(GgufWriter writer)
    {
        List<string> tokens = [.. Enumerable.Range(0, 256).Select(value => Spell(value).ToString())];
        tokens.AddRange(Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)));
        List<int> types = [.. Enumerable.Repeat(1, tokens.Count), .. Controls.Select(_ => 3), .. UserDefined.Select(_ => 4)];
        tokens.AddRange(Controls);
        tokens.AddRange(UserDefined);
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", Architecture == "llama" ? "llama-bpe" : "qwen2");
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.token_type", types);
        writer.Add("tokenizer.ggml.merges", Merges);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)tokens.IndexOf("<|im_end|>"));
        writer.Add("tokenizer.ggml.add_bos_token", value: false);
        writer.Add("tokenizer.chat_template", Template);
    }

    private void AddLayer(string prefix, GgmlType type)
    {
        AddVector(prefix + "attn_norm.weight", Hidden, mean: 1);
        AddMatrix(prefix + "attn_q.weight", type, Heads * HeadLength, Hidden);
        AddMatrix(prefix + "attn_k.weight", type, KeyHeads * HeadLength, Hidden);
        AddMatrix(prefix + "attn_v.weight", type, KeyHeads * HeadLength, Hidden);
        AddMatrix(prefix + "attn_output.weight", type, Hidden, Heads * HeadLength);
        if (Architecture == "qwen3")
        {
            AddVector(prefix + "attn_q_norm.weight", HeadLength, mean: 1);
            AddVector(prefix + "attn_k_norm.weight", HeadLength, mean: 1);
        }
        if (Architecture == "qwen2")
        {
            AddVector(prefix + "attn_q.bias", Heads * HeadLength, mean: 0);
            AddVector(prefix + "attn_k.bias", KeyHeads * HeadLength, mean: 0);
            AddVector(prefix + "attn_v.bias", KeyHeads * HeadLength, mean: 0);
        }
        AddVector(prefix + "ffn_norm.weight", Hidden, mean: 1);
        AddMatrix(prefix + "ffn_gate.weight", type, FeedForward, Hidden);
        AddMatrix(prefix + "ffn_up.weight", type, FeedForward, Hidden);
        AddMatrix(prefix + "ffn_down.weight", type, Hidden, FeedForward);
    }

    private void AddMatrix(string name, GgmlType type, int rows, int columns) =>
        Tensors[name] = Encode([columns, rows], type, [.. Enumerable.Range(0, rows * columns).Select(_ => Next() / MathF.Sqrt(columns))]);

    private void AddVector(string name, int length, float mean) =>
        Tensors[name] = Encode([length], GgmlType.F32, [.. Enumerable.Range(0, length).Select(_ => mean + (Next() * 0.2f))]);

    /// <summary>A number of the standard normal distribution (Box and Muller 1958).</summary>
    private float Next() =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
}
