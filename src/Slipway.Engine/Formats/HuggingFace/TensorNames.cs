using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Engine.Formats.HuggingFace;

/// <summary>The two names of every tensor: in GGUF files, and in Hugging Face's checkpoints of qwen3, qwen2 and llama.</summary>
/// <remarks>Llama's query and key rows are also in another order in GGUF files; these are names only.</remarks>
internal static partial class TensorNames
{
    private static readonly (string Gguf, string HuggingFace)[] Outside =
    [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("output_norm.weight", "model.norm.weight"),
        ("output.weight", "lm_head.weight"),
    ];

    /// <summary>After <c>blk.N.</c> and <c>model.layers.N.</c>; before <c>.weight</c> or <c>.bias</c>.</summary>
    private static readonly (string Gguf, string HuggingFace)[] InLayer =
    [
        ("attn_norm", "input_layernorm"),
        ("attn_q", "self_attn.q_proj"),
        ("attn_k", "self_attn.k_proj"),
        ("attn_v", "self_attn.v_proj"),
        ("attn_output", "self_attn.o_proj"),
        ("attn_q_norm", "self_attn.q_norm"),
        ("attn_k_norm", "self_attn.k_norm"),
        ("ffn_norm", "post_attention_layernorm"),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ];

    private static readonly Dictionary<string, string> OutsideByGguf = ByGguf(Outside);
    private static readonly Dictionary<string, string> OutsideByOther = ByOther(Outside);
    private static readonly Dictionary<string, string> InLayerByGguf = ByGguf(InLayer);
    private static readonly Dictionary<string, string> InLayerByOther = ByOther(InLayer);

    /// <summary>The matrices of a layer that an adapter can be put on, as PEFT calls them: <c>q_proj</c>, …, <c>down_proj</c>.</summary>
    public static IReadOnlyList<string> Targets { get; } =
        [.. InLayer.Where(pair => pair.HuggingFace.EndsWith("_proj", StringComparison.Ordinal)).Select(pair => LastPart(pair.HuggingFace))];

    /// <summary><c>blk.3.attn_q.weight</c> → <c>model.layers.3.self_attn.q_proj.weight</c>; null for a name that is not in the table.</summary>
    public static string? ToHuggingFace(string gguf) =>
        OutsideByGguf.GetValueOrDefault(gguf) ?? Translate(GgufLayer().Match(gguf), InLayerByGguf, "model.layers.");

    /// <summary><c>model.layers.3.self_attn.q_proj.weight</c> → <c>blk.3.attn_q.weight</c>; null for a name that is not in the table.</summary>
    public static string? ToGguf(string huggingFace) =>
        OutsideByOther.GetValueOrDefault(huggingFace) ?? Translate(OtherLayer().Match(huggingFace), InLayerByOther, "blk.");

    /// <summary>The target that a matrix is: <c>blk.3.attn_q.weight</c> → <c>q_proj</c>; null for what no adapter can be put on.</summary>
    public static string? TargetOf(string gguf) =>
        GgufLayer().Match(gguf) is { Success: true } match
        && match.Groups["end"].Value == "weight"
        && InLayerByGguf.GetValueOrDefault(match.Groups["name"].Value) is { } name
        && Targets.Contains(LastPart(name))
            ? LastPart(name)
            : null;

    private static string? Translate(Match match, Dictionary<string, string> names, string prefix) =>
        match.Success && names.TryGetValue(match.Groups["name"].Value, out var name)
            ? string.Create(CultureInfo.InvariantCulture, $"{prefix}{match.Groups["layer"].ValueSpan}.{name}.{match.Groups["end"].ValueSpan}")
            : null;

    private static Dictionary<string, string> ByGguf((string Gguf, string HuggingFace)[] table) =>
        table.ToDictionary(pair => pair.Gguf, pair => pair.HuggingFace);

    private static Dictionary<string, string> ByOther((string Gguf, string HuggingFace)[] table) =>
        table.ToDictionary(pair => pair.HuggingFace, pair => pair.Gguf);

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];

    [GeneratedRegex(@"^blk\.(?<layer>0|[1-9][0-9]{0,3})\.(?<name>[a-z_]+)\.(?<end>weight|bias)\z", RegexOptions.CultureInvariant)]
    private static partial Regex GgufLayer();

    [GeneratedRegex(@"^model\.layers\.(?<layer>0|[1-9][0-9]{0,3})\.(?<name>[a-z_.]+)\.(?<end>weight|bias)\z", RegexOptions.CultureInvariant)]
    private static partial Regex OtherLayer();
}
