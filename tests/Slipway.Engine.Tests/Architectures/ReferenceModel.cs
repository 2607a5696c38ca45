using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Tests.Architectures;

/// <summary>
/// A transformer in plain double-precision loops, written from the papers and sharing no code with the engine: every
/// token attends anew to all before it, nothing is cached. On request the inputs of quantised matrices are rounded to
/// bytes with a scale per 32 first, as the format asks of every engine: what then differs is no quantisation error. So are, on
/// request, keys and values, as a cache in Q8 keeps them.
/// </summary>
internal sealed class ReferenceModel(TestModel model, bool roundsActivations = false, bool roundsCache = false)
{
    private readonly Dictionary<string, float[]> _tensors = model.Tensors.ToDictionary(pair => pair.Key, pair => Decode(pair.Value));

    /// <summary>Logits after every token.</summary>
    public double[][] Logits(IReadOnlyList<int> tokens)
    {
        var x = tokens.Select(token => Row("token_embd.weight", token, model.Hidden)).ToArray();
        for (var layer = 0; layer < model.Layers; layer++)
        {
            var prefix = $"blk.{layer}.";
            var attended = Attend(prefix, x.Select(row => Norm(row, Vector(prefix + "attn_norm.weight"))).ToArray());
            x = [.. x.Select((row, t) => Add(row, Multiply(prefix + "attn_output.weight", attended[t])))];
            x = [.. x.Select(row => Add(row, FeedForward(prefix, Norm(row, Vector(prefix + "ffn_norm.weight")))))];
        }
        var output = _tensors.ContainsKey("output.weight") ? "output.weight" : "token_embd.weight";
        return [.. x.Select(row => Multiply(output, Norm(row, Vector("output_norm.weight"))))];
    }

    private double[][] Attend(string prefix, double[][] rows)
    {
        var queries = rows.Select((row, t) => Heads(prefix + "attn_q", row, t, model.Heads)).ToArray();
        var keys = rows.Select((row, t) => Heads(prefix + "attn_k", row, t, model.KeyHeads)).ToArray();
        var values = rows.Select(row => Project(prefix + "attn_v", row)).ToArray();
        if (roundsCache)
        {
            keys = [.. keys.Select(heads => heads.Select(Round).ToArray())];
            values = [.. values.Select(Round)];
        }
        var output = new double[rows.Length][];
        for (var t = 0; t < rows.Length; t++)
        {
            output[t] = new double[model.Heads * model.HeadLength];
            for (var head = 0; head < model.Heads; head++)
            {
                var keyHead = head / (model.Heads / model.KeyHeads);
                var scores = Enumerable.Range(0, t + 1).Select(s => Dot(queries[t][head], keys[s][keyHead]) / Math.Sqrt(model.HeadLength)).ToArray();
                var weights = scores.Select(score => Math.Exp(score - scores.Max())).ToArray();
                for (var s = 0; s <= t; s++)
                {
                    for (var i = 0; i < model.HeadLength; i++)
                    {
                        output[t][(head * model.HeadLength) + i] += weights[s] / weights.Sum() * values[s][(keyHead * model.HeadLength) + i];
                    }
                }
            }
        }
        return output;
    }

    /// <summary>Projected, normed where the model does so, rotated by position.</summary>
    private double[][] Heads(string name, double[] row, int position, int heads)
    {
        var all = Project(name, row);
        var result = new double[heads][];
        for (var head = 0; head < heads; head++)
        {
            var x = all[(head * model.HeadLength)..((head + 1) * model.HeadLength)];
            if (_tensors.ContainsKey(name + "_norm.weight"))
            {
                x = Norm(x, Vector(name + "_norm.weight"));
            }
            result[head] = Rotate(x, position);
        }
        return result;
    }

    private double[] Rotate(double[] x, int position)
    {
        var rotated = new double[x.Length];
        for (var i = 0; i < x.Length / 2; i++)
        {
            var divisor = _tensors.TryGetValue("rope_freqs.weight", out var factors) ? factors[i] : 1;
            var angle = position * Math.Pow(model.RopeBase, -2.0 * i / x.Length) / divisor;
            var (first, second) = model.Architecture == "llama" ? (2 * i, (2 * i) + 1) : (i, i + (x.Length / 2));
            rotated[first] = (x[first] * Math.Cos(angle)) - (x[second] * Math.Sin(angle));
            rotated[second] = (x[first] * Math.Sin(angle)) + (x[second] * Math.Cos(angle));
        }
        return rotated;
    }

    private double[] FeedForward(string prefix, double[] x)
    {
        var gate = Multiply(prefix + "ffn_gate.weight", x);
        var up = Multiply(prefix + "ffn_up.weight", x);
        return Multiply(prefix + "ffn_down.weight", [.. gate.Select((g, i) => g / (1 + Math.Exp(-g)) * up[i])]);
    }

    private double[] Norm(double[] x, double[] weight)
    {
        var scale = 1 / Math.Sqrt((x.Sum(value => value * value) / x.Length) + model.NormEpsilon);
        return [.. x.Select((value, i) => value * scale * weight[i])];
    }

    private double[] Project(string name, double[] x)
    {
        var y = Multiply(name + ".weight", x);
        return _tensors.ContainsKey(name + ".bias") ? Add(y, Vector(name + ".bias")) : y;
    }

    private double[] Multiply(string name, double[] x)
    {
        var values = _tensors[name];
        x = roundsActivations && model.Tensors[name].Type.BlockLength() > 1 ? Round(x) : x;
        var y = new double[values.Length / x.Length];
        for (var r = 0; r < y.Length; r++)
        {
            for (var k = 0; k < x.Length; k++)
            {
                y[r] += values[(r * x.Length) + k] * x[k];
            }
        }
        return y;
    }

    private static double[] Round(double[] x) => [.. x.Chunk(32).SelectMany(block =>
    {
        var largest = block.Max(Math.Abs);
        var scale = (double)(float)(Half)(largest / 127);
        return block.Select(value => largest == 0 ? 0 : Math.Round(value / largest * 127) * scale);
    })];

    private double[] Row(string name, int row, int length) =>
        [.. _tensors[name].AsSpan(row * length, length).ToArray().Select(value => (double)value)];

    private double[] Vector(string name) => [.. _tensors[name].Select(value => (double)value)];

    private static double[] Add(double[] x, double[] y) => [.. x.Select((value, i) => value + y[i])];

    private static double Dot(double[] x, double[] y) => x.Select((value, i) => value * y[i]).Sum();

    private static unsafe float[] Decode(TestTensor tensor)
    {
        var values = new float[tensor.Dimensions.Aggregate(1L, (product, length) => product * length)];
        fixed (byte* bytes = tensor.Bytes)
        fixed (float* output = values)
        {
            Dequantizer.Row(tensor.Type, bytes, output, values.Length);
        }
        return values;
    }
}
