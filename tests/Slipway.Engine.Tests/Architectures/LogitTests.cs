using Slipway.Engine.Cache;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Tests.Architectures;

public sealed class LogitTests
{
    private static readonly int[] Tokens = [.. Enumerable.Range(0, 70).Select(i => ((i * 37) + 11) % 256)];

    public static TheoryData<string, KernelTier, bool> Families()
    {
        var cases = new TheoryData<string, KernelTier, bool>();
        foreach (var tier in KernelTable.Supported)
        {
            cases.Add("qwen3", tier, true);
            cases.Add("qwen3", tier, false);
            cases.Add("qwen2", tier, true);
            cases.Add("llama", tier, false);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_matches_the_double_precision_reference(string architecture, KernelTier tier, bool tied)
    {
        var model = TestModel.Create(architecture, GgmlType.F32, tied: tied);
        using var loaded = new LoadedTestModel(model);

        var expected = new ReferenceModel(model).Logits(Tokens);
        var actual = loaded.Logits(Tokens, tier, chunk: 1);

        for (var t = 0; t < Tokens.Length; t++)
        {
            Assert.InRange(RelativeError(expected[t], actual[t]), 0, 2e-3); // The cache keeps halves: 11 bits.
        }
    }

    public static TheoryData<GgmlType> Formats => new(Enum.GetValues<GgmlType>());

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_matches_the_reference_on_the_same_weights(GgmlType type)
    {
        var model = TestModel.Create("qwen3", type, hidden: type.BlockLength() == 256 ? 256 : 64);
        using var loaded = new LoadedTestModel(model);
        int[] tokens = Tokens[..12];

        var exact = new ReferenceModel(model).Logits(tokens)[^1];
        var rounded = new ReferenceModel(model, roundsActivations: true).Logits(tokens)[^1];
        var actual = loaded.Logits(tokens, KernelTable.Supported[0], chunk: 12)[^1];

        Assert.InRange(RelativeError(rounded, actual), 0, 0.03); // A value at the edge between two bytes may fall either way.
        Assert.InRange(RelativeError(exact, actual), 0, 0.08);
    }

    [Theory]
    [InlineData(GgmlType.F16, KvFormat.F16)]
    [InlineData(GgmlType.Q8_0, KvFormat.F16)]
    [InlineData(GgmlType.Q4_0, KvFormat.F16)]
    [InlineData(GgmlType.Q8_0, KvFormat.Q8)]
    public void The_last_logits_have_the_same_bits_however_the_prompt_is_cut(GgmlType type, KvFormat cache)
    {
        using var loaded = new LoadedTestModel(TestModel.Create("qwen3", type));
        var tier = KernelTable.Supported[0];

        var oneByOne = loaded.Logits(Tokens, tier, chunk: 1, cache: cache)[^1];
        var inChunks = loaded.Logits(Tokens, tier, chunk: 7, cache: cache)[^1];
        var atOnce = loaded.Logits(Tokens, tier, chunk: 70, threads: 3, cache)[^1];

        Assert.Equal(oneByOne, inChunks);
        Assert.Equal(oneByOne, atOnce);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void With_a_cache_in_Q8_every_family_matches_the_reference_that_rounds_keys_and_values(string architecture, KernelTier tier, bool tied)
    {
        var model = TestModel.Create(architecture, GgmlType.F32, hidden: 128, tied: tied); // Heads of 32 or 64.
        using var loaded = new LoadedTestModel(model);

        var expected = new ReferenceModel(model, roundsCache: true).Logits(Tokens);
        var actual = loaded.Logits(Tokens, tier, chunk: 1, cache: KvFormat.Q8);

        // The rounding is the reference's; what is left is a value here and there at the edge between two bytes.
        Assert.InRange(expected.Zip(actual, RelativeError).Max(), 0, 2e-3);
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("qwen2")]
    [InlineData("llama")]
    public void A_cache_in_Q8_costs_a_hundredth_of_the_logits(string architecture)
    {
        // A byte is right to 1/254 of the largest of its 32, which is 0.5 % of a normal value in the root of the mean square. Errors
        // of keys change the weights by as much again, SwiGLU's product of two doubles what it gets, and there are two layers.
        using var loaded = new LoadedTestModel(TestModel.Create(architecture, GgmlType.F32, hidden: 128));

        var halves = loaded.Logits(Tokens, KernelTable.Supported[0], chunk: 1);
        var bytes = loaded.Logits(Tokens, KernelTable.Supported[0], chunk: 1, cache: KvFormat.Q8);

        var errors = halves.Zip(bytes, (expected, actual) => RelativeError(Array.ConvertAll(expected, logit => (double)logit), actual)).ToList();
        Assert.InRange(errors.Average(), 0.002, 0.02);
        Assert.InRange(errors.Max(), 0, 0.03);
    }

    private static double RelativeError(double[] expected, float[] actual)
    {
        var (difference, size) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - actual[i], 2);
            size += Math.Pow(expected[i], 2);
        }
        return Math.Sqrt(difference / size);
    }
}
