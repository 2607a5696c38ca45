using System.Text.Json;
using Slipway.Engine.Cache;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Training;

namespace Slipway.Engine.Architectures;

/// <summary>The numbers that give a transformer its size, checked against each other.</summary>
internal sealed record ModelShape
{
    public required string Architecture { get; init; }

    public required int Layers { get; init; }

    /// <summary>Values of the hidden state.</summary>
    public required int Hidden { get; init; }

    /// <summary>Values inside a feed-forward layer.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; each serves Heads / KeyHeads query heads.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>Values per head. Not Hidden / Heads in general.</summary>
    public required int HeadLength { get; init; }

    public required int ContextLength { get; init; }

    public required float NormEpsilon { get; init; }

    public required float RopeBase { get; init; }

    public required RopeScaling Scaling { get; init; }

    /// <summary>
    /// Whether rotary embedding turns the pairs (2i, 2i + 1) of a head, not (i, i + length / 2). Converters to GGUF permute
    /// the query and key rows of Llama so that it does.
    /// </summary>
    public bool RotatesAdjacentPairs { get; init; }

    public int QueryLength => Heads * HeadLength;

    public int KeyLength => KeyHeads * HeadLength;

    /// <summary>Bytes that the keys and values of one token take in all layers.</summary>
    /// <exception cref="ModelFormatException">The format does not take heads of this length.</exception>
    public long CacheBytesPerToken(KvFormat format) =>
        2L * Layers * KeyHeads * KvRows.Create(format, HeadLength).ByteSize / KvPool.BlockTokens;

    /// <summary>Whether another model has as many layers, heads and values: what no change of format changes.</summary>
    public bool HasSizesOf(ModelShape other) =>
        (Architecture, Layers, Hidden, FeedForward) == (other.Architecture, other.Layers, other.Hidden, other.FeedForward)
        && (Heads, KeyHeads, HeadLength) == (other.Heads, other.KeyHeads, other.HeadLength);

    /// <exception cref="ModelFormatException">A key is missing or its value does not fit the others.</exception>
    public static ModelShape From(GgufMetadata metadata)
    {
        var architecture = metadata.GetString("general.architecture")
            ?? throw new ModelFormatException("The file has no 'general.architecture'; it is not a language model.");
        int Integer(string key, int? otherwise = null) => ReadInteger(metadata, $"{architecture}.{key}", otherwise);
        var hidden = Integer("embedding_length");
        var heads = Integer("attention.head_count");
        var headLength = Integer("attention.key_length", hidden / heads);
        var shape = new ModelShape
        {
            Architecture = architecture,
            Layers = Integer("block_count"),
            Hidden = hidden,
            FeedForward = Integer("feed_forward_length"),
            Heads = heads,
            KeyHeads = Integer("attention.head_count_kv", heads),
            HeadLength = headLength,
            ContextLength = Integer("context_length"),
            NormEpsilon = (float)(metadata.GetNumber($"{architecture}.attention.layer_norm_rms_epsilon") ?? 1e-6),
            RopeBase = (float)(metadata.GetNumber($"{architecture}.rope.freq_base") ?? 10_000),
            Scaling = RopeScaling.From(metadata, architecture),
            RotatesAdjacentPairs = architecture == "llama",
        };
        shape.Check(Integer("attention.value_length", headLength), Integer("rope.dimension_count", headLength));
        return shape;
    }

    /// <summary>From the <c>config.json</c> of a Hugging Face folder.</summary>
    /// <exception cref="ModelFormatException">It is of another family, or a value is missing or does not fit the others.</exception>
    public static ModelShape FromConfig(JsonElement config)
    {
        const int HeadLengthOfQwen3 = 128; // Where the file does not say: never the share of the width.
        var reader = new ConfigReader(config);
        var family = RequireFamily(reader);
        var context = reader.Integer("max_position_embeddings");
        var (hidden, heads) = (reader.Integer("hidden_size"), reader.Integer("num_attention_heads"));
        var shape = new ModelShape
        {
            Architecture = family,
            Layers = reader.Integer("num_hidden_layers"),
            Hidden = hidden,
            FeedForward = reader.Integer("intermediate_size"),
            Heads = heads,
            KeyHeads = reader.Integer("num_key_value_heads", heads),
            HeadLength = reader.Integer("head_dim", family == "qwen3" ? HeadLengthOfQwen3 : hidden / heads),
            ContextLength = context,
            NormEpsilon = (float)(reader.Number("rms_norm_eps") ?? 1e-6),
            RopeBase = (float)(RopeScaling.FindSection(reader)?.Number("rope_theta") ?? reader.Number("rope_theta") ?? 10_000),
            Scaling = RopeScaling.FromConfig(reader, context),
        };
        shape.Check(shape.HeadLength, shape.HeadLength);
        return shape;
    }

    /// <summary>The Qwen3 shape of a model that is to be made.</summary>
    /// <exception cref="ModelFormatException">The numbers do not fit each other.</exception>
    public static ModelShape Of(NewModelOptions options)
    {
        var shape = new ModelShape
        {
            Architecture = "qwen3",
            Layers = options.Layers,
            Hidden = options.HiddenSize,
            FeedForward = options.IntermediateSize,
            Heads = options.AttentionHeads,
            KeyHeads = options.KeyValueHeads,
            HeadLength = options.HeadLength,
            ContextLength = options.ContextLength,
            NormEpsilon = (float)options.NormEpsilon,
            RopeBase = (float)options.RopeBase,
            Scaling = new RopeScaling(RopeScalingKind.None, 1, 0),
        };
        shape.Check(shape.HeadLength, shape.HeadLength);
        return shape;
    }

    private static string RequireFamily(ConfigReader config)
    {
        var family = config.Text("model_type");
        var act = config.Text("hidden_act") ?? "silu";
        Require(family is "qwen3" or "qwen2" or "llama",
            $"config.json: model_type is '{family}'; accepted are {string.Join(", ", Transformer.Supported)}.");
        Require(act == "silu", $"config.json: hidden_act is '{act}'; accepted is silu.");
        Require(family != "qwen3" || config.Flag("attention_bias") is not true, "config.json: attention_bias is true; accepted is false.");
        Require(config.Flag("mlp_bias") is not true, "config.json: mlp_bias is true; accepted is false.");
        Require(config.Flag("use_sliding_window") is not true, "config.json: use_sliding_window is true; accepted is false.");
        var share = config.Number("partial_rotary_factor") ?? 1;
        Require(share == 1, $"config.json: partial_rotary_factor is {share}; accepted is 1.");
        return family!;
    }

    private static int ReadInteger(GgufMetadata metadata, string key, int? otherwise)
    {
        var value = metadata.GetInteger(key) ?? otherwise
            ?? throw new ModelFormatException($"The file has no '{key}'.");
        return value is > 0 and <= 1 << 24
            ? (int)value
            : throw new ModelFormatException($"'{key}' is {value}; accepted is 1 to {1 << 24}.");
    }

    private void Check(int valueLength, int ropeLength)
    {
        var prefix = $"The {Architecture} model has";
        Require(Heads % KeyHeads == 0, $"{prefix} {Heads} query heads, no multiple of its {KeyHeads} key heads.");
        Require(HeadLength % 8 == 0 && HeadLength is > 0 and <= 1024, $"{prefix} heads of {HeadLength} values; accepted are multiples of 8 up to 1024.");
        Require(valueLength == HeadLength, $"{prefix} values of {valueLength} and keys of {HeadLength}; they must be equal.");
        Require(ropeLength == HeadLength, $"{prefix} rotary embedding on {ropeLength} of {HeadLength} values; all are needed.");
        Require(Layers <= 1024 && Heads <= 1024, $"{prefix} {Layers} layers and {Heads} heads; accepted are up to 1024 of each.");
        Require(Hidden % 32 == 0 && FeedForward % 32 == 0 && QueryLength % 32 == 0,
            $"{prefix} widths {Hidden}, {FeedForward} and {QueryLength}; each must be a multiple of 32.");
        Require(float.IsFinite(NormEpsilon) && NormEpsilon >= 0, $"{prefix} a norm epsilon of {NormEpsilon}.");
        Require(float.IsFinite(RopeBase) && RopeBase > 0, $"{prefix} a rope base of {RopeBase}.");
    }

    private static void Require(bool fits, string otherwise)
    {
        if (!fits)
        {
            throw new ModelFormatException(otherwise);
        }
    }
}
