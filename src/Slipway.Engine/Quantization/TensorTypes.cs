using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Quantization;

/// <summary>Which format each tensor of a model gets, by the rules of llama.cpp's quantizer where it has no importance matrix.</summary>
/// <remarks>The rules and what each is for are in docs/quantization.md.</remarks>
public sealed partial class TensorTypes
{
    private const string Embedding = "token_embd.weight";
    private const string Output = "output.weight";
    private readonly QuantizationType _type;
    private readonly int _layers;
    private readonly string _logits;

    /// <param name="type">What the model becomes.</param>
    /// <param name="names">Of all tensors of the model.</param>
    public TensorTypes(QuantizationType type, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _type = type;
        _logits = Embedding; // A model without an output matrix computes its logits with the embedding.
        foreach (var name in names)
        {
            _logits = name == Output ? Output : _logits;
            _layers = Math.Max(_layers, LayerOf(name) + 1);
        }
    }

    /// <summary>The format for one tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dimensions">The fastest-running first.</param>
    /// <param name="stored">What it is stored as now.</param>
    public GgmlType Choose(string name, ImmutableArray<long> dimensions, GgmlType stored)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (dimensions.Length < 2)
        {
            return GgmlType.F32;
        }
        return IsLeftAlone(name) ? stored : Fit(Wanted(name), dimensions[0]);
    }

    /// <summary>Norms, which add their rounding to everything, and routers, where it would change which expert is asked.</summary>
    private static bool IsLeftAlone(string name) =>
        !name.EndsWith("weight", StringComparison.Ordinal)
        || name.EndsWith("_norm.weight", StringComparison.Ordinal)
        || name.Contains("ffn_gate_inp", StringComparison.Ordinal);

    private static int LayerOf(string name) =>
        Layer().Match(name) is { Success: true } match && int.TryParse(match.Groups["layer"].ValueSpan, CultureInfo.InvariantCulture, out var layer)
            ? layer
            : -1;

    private GgmlType Wanted(string name)
    {
        var plain = _type.Plain();
        if (plain is GgmlType.F16 or GgmlType.BF16 or GgmlType.Q8_0)
        {
            return plain;
        }
        if (name == _logits)
        {
            return GgmlType.Q6_K; // Every token's probability hangs on it.
        }
        if (_type is not (QuantizationType.Q4_K_M or QuantizationType.Q5_K_M))
        {
            return plain;
        }
        if (name.EndsWith("attn_qkv.weight", StringComparison.Ordinal))
        {
            return plain == GgmlType.Q4_K ? GgmlType.Q5_K : GgmlType.Q6_K;
        }
        var isSensitive = name.EndsWith("attn_v.weight", StringComparison.Ordinal) || name.Contains("ffn_down", StringComparison.Ordinal);
        return isSensitive && NeedsMoreBits(LayerOf(name)) ? GgmlType.Q6_K : plain;
    }

    /// <summary>The first and the last eighth of the layers, and every third between.</summary>
    private bool NeedsMoreBits(int layer) =>
        layer >= 0 && (layer < _layers / 8 || layer >= 7 * _layers / 8 || (layer - (_layers / 8)) % 3 == 2);

    /// <summary>Rows that do not fill blocks of 256 get blocks of 32 with as many bits; rows that do not fill those, halves.</summary>
    private static GgmlType Fit(GgmlType wanted, long rowLength)
    {
        if (rowLength % wanted.BlockLength() == 0)
        {
            return wanted;
        }
        var shorter = wanted switch
        {
            GgmlType.Q4_K => GgmlType.Q5_0,
            GgmlType.Q5_K => GgmlType.Q5_1,
            GgmlType.Q6_K => GgmlType.Q8_0,
            _ => GgmlType.F16,
        };
        return rowLength % shorter.BlockLength() == 0 ? shorter : GgmlType.F16;
    }

    // Up to four digits: no model has more layers, and no number overflows.
    [GeneratedRegex(@"^blk\.(?<layer>\d{1,4})\.")]
    private static partial Regex Layer();
}
