using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Quantization;

namespace Slipway.Engine.Tests.Quantization;

public sealed class ScaleSearchTests
{
    private const int Count = 64 * Blocks.Length;

    public static TheoryData<GgmlType> Types => Blocks.Types;

    public static TheoryData<GgmlType, string> TypesAndKinds =>
        [.. Blocks.Types.SelectMany(type => Blocks.Kinds.Keys.Select(kind => new TheoryDataRow<GgmlType, string>(type.Data, kind)))];

    [Theory]
    [MemberData(nameof(TypesAndKinds))]
    public void No_block_is_stored_worse_than_by_the_plain_rule(GgmlType type, string kind)
    {
        var values = Blocks.Make(kind, Count, seed: 1);
        var plain = Blocks.Decode(type, Quantizer.Encode(type, values), Count);

        var searched = Blocks.Decode(type, Blocks.Search(type, values), Count);

        var length = type.BlockLength();
        for (var at = 0; at < Count; at += length)
        {
            var block = values.AsSpan(at, length);
            var worst = Blocks.WeightedError(type, block, plain.AsSpan(at, length)) * (1 + 1e-5);
            Assert.True(
                Blocks.WeightedError(type, block, searched.AsSpan(at, length)) <= worst,
                $"Block {at / length}: {Blocks.WeightedError(type, block, searched.AsSpan(at, length)):e6} > {worst:e6}");
        }
    }

    [Theory]
    [MemberData(nameof(TypesAndKinds))]
    public void Every_tier_writes_the_same_bytes(GgmlType type, string kind)
    {
        var values = Blocks.Make(kind, 8 * Blocks.Length, seed: 2);
        var reference = Blocks.Search(type, values, KernelTier.Scalar);

        var others = KernelTable.Supported.Select(tier => Blocks.Search(type, values, tier)).ToList();

        Assert.All(others, bytes => Assert.Equal(reference, bytes));
    }

    /// <summary>
    /// The bounds are those of the plain rule, as shares of the largest magnitude a: half a step, and where scales and minima
    /// are stored as numbers of six bits (signed bytes in Q6_K), half a unit of each at the highest code. 2⁻¹⁰ is for the halves.
    /// </summary>
    [Theory]
    [InlineData(GgmlType.Q4_0, 1.0 / 8)] // +a has no code: the nearest is one step away.
    [InlineData(GgmlType.Q5_0, 1.0 / 16)]
    [InlineData(GgmlType.Q4_1, 2.0 / 15 / 2)]
    [InlineData(GgmlType.Q5_1, 2.0 / 31 / 2)]
    [InlineData(GgmlType.Q8_0, 1.0 / 127 / 2)]
    [InlineData(GgmlType.Q4_K, (2.0 / 15 / 2) + (2.0 / 63 / 2) + (1.0 / 63 / 2))]
    [InlineData(GgmlType.Q5_K, (2.0 / 31 / 2) + (2.0 / 63 / 2) + (1.0 / 63 / 2))]
    [InlineData(GgmlType.Q6_K, (1.0 / 31 / 2) + (32.0 / 31 / 127 / 2))]
    public void The_weighted_error_keeps_the_bound_that_the_format_gives(GgmlType type, double share)
    {
        foreach (var kind in Blocks.Kinds.Keys.Except(["denormal", "tiny", "beyond halves"]))
        {
            var values = Blocks.Make(kind, Count, seed: 3);
            var stored = Blocks.Decode(type, Blocks.Search(type, values), Count);
            for (var at = 0; at < Count; at += type.BlockLength())
            {
                var block = values.AsSpan(at, type.BlockLength());
                var largest = block.ToArray().Max(Math.Abs);
                var bound = Blocks.Weights(type, block).Sum() * Math.Pow((share + Math.Pow(2, -10)) * largest, 2);

                var error = Blocks.WeightedError(type, block, stored.AsSpan(at, block.Length));

                Assert.True(error <= bound, $"{kind}, block {at / block.Length}: {error:e6} > {bound:e6}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Values_too_small_for_any_scale_become_zero_and_too_large_ones_stay_finite(GgmlType type)
    {
        var small = Blocks.Decode(type, Blocks.Search(type, Blocks.Make("denormal", Count, seed: 4)), Count);
        var large = Blocks.Decode(type, Blocks.Search(type, Blocks.Make("huge", Count, seed: 4)), Count);

        Assert.All(small, value => Assert.Equal(0, value));
        Assert.All(large, value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData("gaussian")]
    [InlineData("heavy tails")]
    [InlineData("uniform, off zero")]
    public void More_bits_are_always_better_and_Q4_K_is_better_than_Q4_0(string kind)
    {
        var values = Blocks.Make(kind, 16 * Count, seed: 5);

        var errors = ((GgmlType[])[GgmlType.Q4_0, GgmlType.Q4_K, GgmlType.Q5_K, GgmlType.Q6_K, GgmlType.Q8_0])
            .Select(type => Blocks.RootMeanSquare(values, Blocks.Decode(type, Blocks.Search(type, values), values.Length))).ToList();

        Assert.Equal(errors.OrderDescending(), errors);
        Assert.Equal(errors.Count, errors.Distinct().Count());
    }

    [Fact]
    public void The_search_pays_on_gaussian_weights()
    {
        var values = Blocks.Make("gaussian", 16 * Count, seed: 6);
        double Ratio(GgmlType type) => Blocks.RootMeanSquare(values, Blocks.Decode(type, Blocks.Search(type, values), values.Length))
            / Blocks.RootMeanSquare(values, Blocks.Decode(type, Quantizer.Encode(type, values), values.Length));

        Assert.True(Ratio(GgmlType.Q4_K) < 0.92, $"{Ratio(GgmlType.Q4_K):f4}");
        Assert.True(Ratio(GgmlType.Q5_K) < 0.93, $"{Ratio(GgmlType.Q5_K):f4}");
        Assert.True(Ratio(GgmlType.Q6_K) < 0.93, $"{Ratio(GgmlType.Q6_K):f4}");
        Assert.True(Ratio(GgmlType.Q4_0) < 0.97, $"{Ratio(GgmlType.Q4_0):f4}");
    }

    [Theory]
    [InlineData(GgmlType.F32)]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.BF16)]
    [InlineData(GgmlType.Q8_0)]
    public void Formats_without_a_search_are_written_bit_for_bit_by_the_plain_rule(GgmlType type)
    {
        foreach (var kind in Blocks.Kinds.Keys.Except(["denormal", "beyond halves"]))
        {
            var values = Blocks.Make(kind, Count, seed: 7);

            Assert.Equal(Quantizer.Encode(type, values), Blocks.Search(type, values));
        }
    }

    [Theory]
    [InlineData(GgmlType.Q4_K, float.NaN, 0)]
    [InlineData(GgmlType.Q4_K, float.PositiveInfinity, 7)]
    [InlineData(GgmlType.F32, float.NegativeInfinity, 8)]
    [InlineData(GgmlType.F16, 65_520f, 255)]
    [InlineData(GgmlType.Q8_0, -65_520f, 100)]
    [InlineData(GgmlType.BF16, float.MaxValue, 31)]
    public void A_value_that_a_format_cannot_hold_is_found(GgmlType type, float value, int at)
    {
        var values = Blocks.Make("gaussian", Blocks.Length, seed: 8);
        var before = RowEncoder.FindUnfit(type, values);
        values[at] = value;

        var found = RowEncoder.FindUnfit(type, values);

        Assert.Equal((-1, at), (before, found));
    }
}
