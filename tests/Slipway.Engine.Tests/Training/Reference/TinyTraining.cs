using Slipway.Engine.Architectures;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>Models and batches that are small enough for double-precision loops.</summary>
internal static class TinyTraining
{
    public const int Vocabulary = 61; // No multiple of any vector's lanes.

    public static ModelShape Shape(
        int layers = 2, int heads = 4, int keyHeads = 2, int headLength = 8, int feedForward = 64, int hidden = 32) => new()
        {
            Architecture = "qwen3",
            Layers = layers,
            Hidden = hidden,
            FeedForward = feedForward,
            Heads = heads,
            KeyHeads = keyHeads,
            HeadLength = headLength,
            ContextLength = 1024,
            NormEpsilon = 1e-6f,
            RopeBase = 10_000,
            Scaling = new RopeScaling(RopeScalingKind.None, 1, 0),
        };

    /// <summary>Names and sizes of a model's parameters; norm weights have one row.</summary>
    public static IEnumerable<(string Name, int Rows, int Columns)> Parameters(ModelShape shape, bool tiesOutput)
    {
        yield return ("token_embd.weight", Vocabulary, shape.Hidden);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var prefix = $"blk.{layer}.";
            yield return (prefix + "attn_norm.weight", 1, shape.Hidden);
            yield return (prefix + "attn_q.weight", shape.Heads * shape.HeadLength, shape.Hidden);
            yield return (prefix + "attn_k.weight", shape.KeyHeads * shape.HeadLength, shape.Hidden);
            yield return (prefix + "attn_v.weight", shape.KeyHeads * shape.HeadLength, shape.Hidden);
            yield return (prefix + "attn_q_norm.weight", 1, shape.HeadLength);
            yield return (prefix + "attn_k_norm.weight", 1, shape.HeadLength);
            yield return (prefix + "attn_output.weight", shape.Hidden, shape.Heads * shape.HeadLength);
            yield return (prefix + "ffn_norm.weight", 1, shape.Hidden);
            yield return (prefix + "ffn_gate.weight", shape.FeedForward, shape.Hidden);
            yield return (prefix + "ffn_up.weight", shape.FeedForward, shape.Hidden);
            yield return (prefix + "ffn_down.weight", shape.Hidden, shape.FeedForward);
        }
        yield return ("output_norm.weight", 1, shape.Hidden);
        if (!tiesOutput)
        {
            yield return ("output.weight", Vocabulary, shape.Hidden);
        }
    }

    /// <summary>Values large enough for every non-linearity to bend: matrices keep a row's length, norm weights lie around 1.</summary>
    public static unsafe void Fill(IEnumerable<Parameter> parameters, int seed)
    {
        var random = new Random(seed);
        foreach (var parameter in parameters)
        {
            for (var i = 0; i < parameter.Length; i++)
            {
                parameter.Value[i] = (float)Draw(random, parameter.Rows, parameter.Columns);
            }
        }
    }

    public static ReferenceTraining Reference(ModelShape shape, bool tiesOutput, int seed)
    {
        var random = new Random(seed);
        var parameters = new Dictionary<string, ReferenceMatrix>();
        foreach (var (name, rows, columns) in Parameters(shape, tiesOutput))
        {
            var matrix = new ReferenceMatrix(rows, columns);
            for (var i = 0; i < matrix.Value.Length; i++)
            {
                matrix.Value[i] = Draw(random, rows, columns);
            }
            parameters.Add(name, matrix);
        }
        return new ReferenceTraining(shape, parameters);
    }

    /// <summary>Random tokens, one segment for each length, of which about two in three are learned.</summary>
    public static TrainingBatch Batch(int seed, params IEnumerable<int> lengths)
    {
        var random = new Random(seed);
        return new TrainingBatch([.. lengths.Select(length => Example(random, length, Vocabulary))]);
    }

    public static EncodedExample Example(int seed, int length, int vocabulary = Vocabulary) => Example(new Random(seed), length, vocabulary);

    private static EncodedExample Example(Random random, int length, int vocabulary)
    {
        var tokens = Enumerable.Range(0, length).Select(_ => random.Next(vocabulary)).ToArray();
        var learned = Enumerable.Range(0, length).Select(position => position > 0 && random.Next(3) > 0).ToArray();
        learned[^1] = true;
        return new EncodedExample(tokens, learned);
    }

    private static double Draw(Random random, int rows, int columns)
    {
        var uniform = (random.NextDouble() * 2) - 1;
        return rows == 1 ? 1 + (0.4 * uniform) : uniform * Math.Sqrt(3.0 / columns);
    }
}
