using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Quantization;

namespace Slipway.Engine.Tests.Quantization;

/// <summary>Values of many kinds, and what is left of them once stored.</summary>
internal static unsafe class Blocks
{
    public const int Length = 256;

    public static TheoryData<GgmlType> Types => [GgmlType.Q4_0, GgmlType.Q5_0, GgmlType.Q4_1, GgmlType.Q5_1, GgmlType.Q8_0, GgmlType.Q4_K, GgmlType.Q5_K, GgmlType.Q6_K];

    public static readonly IReadOnlyDictionary<string, Func<Random, int, float>> Kinds = new Dictionary<string, Func<Random, int, float>>
    {
        ["gaussian"] = (random, _) => Gaussian(random) * 0.02f,
        ["heavy tails"] = (random, _) => Gaussian(random) / MathF.Max(0.01f, MathF.Abs(Gaussian(random))),
        ["uniform, off zero"] = (random, _) => (float)random.NextDouble() + 0.5f,
        ["negative"] = (random, _) => -1 - (float)random.NextDouble(),
        ["constant"] = (_, _) => 0.7f,
        ["negative constant"] = (_, _) => -0.7f,
        ["zero"] = (_, _) => 0,
        ["one outlier"] = (random, i) => i == 77 ? 100 : Gaussian(random) * 0.01f,
        ["one value"] = (_, i) => i == 3 ? -2 : 0,
        ["denormal"] = (random, _) => Gaussian(random) * 1e-40f,
        ["tiny"] = (random, _) => Gaussian(random) * 1e-7f,
        ["huge"] = (random, _) => Gaussian(random) * 10_000,
        ["beyond halves"] = (random, _) => Gaussian(random) * 1e30f,
        ["mixed sizes"] = (random, i) => Gaussian(random) * MathF.Pow(4, (i / 32) - 3),
    };

    public static float[] Make(string kind, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Kinds[kind](random, i % Length))];
    }

    public static byte[] Search(GgmlType type, ReadOnlySpan<float> values, KernelTier? tier = null)
    {
        using var encoder = new RowEncoder(tier ?? KernelTable.Supported[0]);
        var bytes = new byte[type.RowBytes(values.Length)];
        encoder.Encode(type, values, bytes);
        return bytes;
    }

    public static float[] Decode(GgmlType type, byte[] bytes, int count)
    {
        var values = new float[count];
        fixed (byte* row = bytes)
        fixed (float* output = values)
        {
            Dequantizer.Row(type, row, output, count);
        }
        return values;
    }

    public static double RootMeanSquare(ReadOnlySpan<float> values, ReadOnlySpan<float> stored)
    {
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            sum += Math.Pow((double)values[i] - stored[i], 2);
        }
        return Math.Sqrt(sum / values.Length);
    }

    /// <summary>The error that the search minimises, in doubles, of one block: x² in Q6_K, rms + |x| over 32 elsewhere.</summary>
    public static double WeightedError(GgmlType type, ReadOnlySpan<float> values, ReadOnlySpan<float> stored)
    {
        var weights = Weights(type, values);
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            sum += weights[i] * Math.Pow((double)values[i] - stored[i], 2);
        }
        return double.IsNaN(sum) ? double.PositiveInfinity : sum;
    }

    public static double[] Weights(GgmlType type, ReadOnlySpan<float> values)
    {
        var weights = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var run = values.Slice(i / 32 * 32, 32);
            var square = 0.0;
            foreach (var value in run)
            {
                square += (double)value * value;
            }
            weights[i] = type == GgmlType.Q6_K ? (double)values[i] * values[i] : Math.Sqrt(square / 32) + Math.Abs(values[i]);
        }
        return weights;
    }

    /// <summary>A number of the standard normal distribution (Box and Muller 1958).</summary>
    private static float Gaussian(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
