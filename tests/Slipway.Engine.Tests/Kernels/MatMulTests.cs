using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Kernels.MatMul;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Tests.Kernels;

public sealed unsafe class MatMulTests
{
    public static TheoryData<GgmlType, KernelTier, int, int> Cases()
    {
        var cases = new TheoryData<GgmlType, KernelTier, int, int>();
        foreach (var type in Enum.GetValues<GgmlType>())
        {
            foreach (var tier in KernelTable.Supported)
            {
                foreach (var (rows, tokens) in new[] { (1, 1), (33, 1), (15, 2), (16, 3), (17, 4), (33, 5), (48, 9) })
                {
                    cases.Add(type, tier, rows, tokens);
                }
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_tier_gives_the_bits_of_the_reference(GgmlType type, KernelTier tier, int rows, int tokens)
    {
        foreach (var columns in Columns(type))
        {
            using var weights = RandomWeights.Create(type, rows, columns, seed: 1);

            var expected = Multiply(weights, KernelTier.Scalar, tokens);
            var actual = Multiply(weights, tier, tokens);

            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_reference_matches_a_double_precision_product_of_dequantised_weights(GgmlType type)
    {
        var columns = Columns(type)[^1];
        using var weights = RandomWeights.Create(type, 5, columns, seed: 2);
        using var input = Input(columns, tokens: 2, KernelTier.Scalar);
        var values = new float[columns];

        var actual = Multiply(weights, KernelTier.Scalar, tokens: 2);

        for (var row = 0; row < 5; row++)
        {
            Dequantizer.Row(weights.Matrix, row, values);
            for (var token = 0; token < 2; token++)
            {
                var (expected, magnitude) = (0.0, 0.0);
                for (var k = 0; k < columns; k++)
                {
                    var x = type.BlockLength() == 1 ? input.Row(token)[k] : input.Bytes(token)[k] * input.Scales(token)[k / 32];
                    expected += (double)values[k] * x;
                    magnitude += Math.Abs((double)values[k] * x);
                }
                Assert.InRange(actual[(token * 5) + row], expected - (magnitude * 1e-5), expected + (magnitude * 1e-5));
            }
        }
    }

    [Fact]
    public void A_token_gets_the_same_bits_alone_and_in_a_batch()
    {
        using var weights = RandomWeights.Create(GgmlType.Q4_K, 40, 512, seed: 3);

        var together = Multiply(weights, KernelTable.Supported[0], tokens: 7);
        var alone = Multiply(weights, KernelTable.Supported[0], tokens: 1);

        Assert.Equal(alone, together[..40]);
    }

    public static TheoryData<GgmlType> Types => new(Enum.GetValues<GgmlType>());

    private static int[] Columns(GgmlType type) => type.BlockLength() switch
    {
        1 => [32, 96, 1056],
        32 => [32, 96, 1024, 1056, 2080],
        _ => [256, 768, 1280],
    };

    private static float[] Multiply(RandomWeights weights, KernelTier tier, int tokens)
    {
        using var input = Input(weights.Matrix.Columns, tokens, tier);
        using var scratch = new PanelScratch(tokens);
        using var output = new NativeBuffer<float>(tokens * weights.Matrix.Rows);
        using var team = new WorkerTeam(1);
        var task = new MatMulTask([scratch]);
        task.Reset(input, tokens);
        task.Add(new Weights(weights.Matrix, tier), output.Pointer);
        team.Run(task);
        return output.Span.ToArray();
    }

    private static Activations Input(int columns, int tokens, KernelTier tier)
    {
        var random = new Random(7);
        var input = new Activations(tokens, columns) { Columns = columns };
        for (var token = 0; token < tokens; token++)
        {
            for (var k = 0; k < columns; k++)
            {
                input.Row(token)[k] = (float)((random.NextDouble() * 4) - 2);
            }
            ActivationQuantizer.Quantize(input, token, tier);
        }
        return input;
    }
}
