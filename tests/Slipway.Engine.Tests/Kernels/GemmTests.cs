using Slipway.Engine.Kernels;
using Slipway.Engine.Kernels.Gemm;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Tests.Kernels;

public sealed unsafe class GemmTests
{
    /// <summary>Rows, columns and depth on both sides of a tile (8 × 32), a vector (8), a packed part (256 × 256) and its halves.</summary>
    private static readonly (int Rows, int Columns, int Depth)[] Sizes =
    [
        (1, 1, 1), (1, 33, 5), (7, 31, 7), (8, 32, 8), (9, 33, 9), (15, 63, 17), (16, 64, 16), (17, 65, 15), (61, 1, 32), (3, 61, 32),
        (64, 40, 24), (65, 129, 23), (255, 33, 10), (256, 32, 8), (257, 31, 9), (5, 255, 40), (8, 256, 12), (9, 257, 13),
        (10, 34, 255), (8, 32, 256), (9, 31, 257), (7, 39, 513), (129, 257, 65),
    ];

    public static TheoryData<KernelTier, bool, bool> Ways()
    {
        var ways = new TheoryData<KernelTier, bool, bool>();
        foreach (var tier in KernelTable.Supported)
        {
            ways.Add(tier, false, false);
            ways.Add(tier, false, true);
            ways.Add(tier, true, false);
            ways.Add(tier, true, true);
        }
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_product_is_within_the_rounding_of_its_sums(KernelTier tier, bool transposesA, bool transposesB)
    {
        using var scratch = new GemmScratch(tier);
        foreach (var (rows, columns, depth) in Sizes)
        {
            using var operands = new GemmOperands(rows, columns, depth, transposesA, transposesB);

            scratch.Multiply(operands.Product());

            operands.AssertHoldsProduct(alpha: 1, accumulates: false);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_product_can_be_scaled_and_added_to_what_is_there(KernelTier tier, bool transposesA, bool transposesB)
    {
        using var scratch = new GemmScratch(tier);
        foreach (var (rows, columns, depth) in Sizes)
        {
            using var operands = new GemmOperands(rows, columns, depth, transposesA, transposesB);

            scratch.Multiply(operands.Product() with { Alpha = -0.375f, Accumulates = true });

            operands.AssertHoldsProduct(alpha: -0.375, accumulates: true);
        }
    }

    [Fact]
    public void What_was_there_does_not_matter_unless_it_is_added_to()
    {
        using var scratch = new GemmScratch(KernelTable.Supported[0]);
        using var operands = new GemmOperands(9, 37, 300, transposesA: false, transposesB: false);
        operands.FillResult(float.NaN);

        scratch.Multiply(operands.Product() with { Alpha = 2 });

        operands.AssertHoldsProduct(alpha: 2, accumulates: false);
    }

    [Fact]
    public void Infinities_reach_their_own_row_and_column_only()
    {
        using var scratch = new GemmScratch(KernelTable.Supported[0]);
        using var operands = new GemmOperands(9, 37, 20, transposesA: false, transposesB: true);
        operands.A[3 * operands.AStride] = float.PositiveInfinity;

        scratch.Multiply(operands.Product());

        var result = operands.Result();
        Assert.All(Enumerable.Range(0, result.Length), i => Assert.Equal(i / 37 != 3, float.IsFinite(result[i])));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_tier_gives_the_bits_of_the_scalar_one(KernelTier tier, bool transposesA, bool transposesB)
    {
        foreach (var (rows, columns, depth) in Sizes)
        {
            var expected = Multiply(KernelTier.Scalar, rows, columns, depth, transposesA, transposesB);

            var actual = Multiply(tier, rows, columns, depth, transposesA, transposesB);

            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_team_of_any_size_gives_the_bits_of_one_thread(int workers)
    {
        using var team = new WorkerTeam(workers);
        using var task = new GemmTask(KernelTable.Supported[0], workers);
        using var wide = new GemmOperands(33, 400, 300, transposesA: false, transposesB: true);
        using var tall = new GemmOperands(700, 20, 64, transposesA: true, transposesB: false);
        using var small = new GemmOperands(2, 3, 4, transposesA: false, transposesB: false);

        for (var turn = 0; turn < 2; turn++)
        {
            task.Reset();
            task.Add(wide.Product());
            task.Add(tall.Product());
            task.Add(small.Product());
            team.Run(task);
        }

        Assert.Equal(Multiply(KernelTable.Supported[0], 33, 400, 300, false, true), wide.Result());
        Assert.Equal(Multiply(KernelTable.Supported[0], 700, 20, 64, true, false), tall.Result());
        Assert.Equal(Multiply(KernelTable.Supported[0], 2, 3, 4, false, false), small.Result());
    }

    private static float[] Multiply(KernelTier tier, int rows, int columns, int depth, bool transposesA, bool transposesB)
    {
        using var scratch = new GemmScratch(tier);
        using var operands = new GemmOperands(rows, columns, depth, transposesA, transposesB);
        scratch.Multiply(operands.Product());
        return operands.Result();
    }
}
