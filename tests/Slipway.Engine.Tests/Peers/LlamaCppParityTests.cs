using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Peers;

/// <summary>
/// Both engines on the same files. Where they choose different tokens after the same text, the exact logits must lie
/// closer together than the rounding of 8-bit activations (or, for F16, of halves) moves them.
/// </summary>
public sealed class LlamaCppParityTests
{
    private const int Count = 64;

    public static TheoryData<string, GgmlType, int, double> Models()
    {
        var cases = new TheoryData<string, GgmlType, int, double>();
        for (var seed = 1; seed <= 3; seed++)
        {
            cases.Add("qwen3", GgmlType.F16, seed, 0.01);
            cases.Add("qwen3", GgmlType.Q8_0, seed, 0.1);
            cases.Add("qwen3", GgmlType.Q4_0, seed, 0.1);
        }
        cases.Add("qwen2", GgmlType.F16, 1, 0.01);
        cases.Add("llama", GgmlType.F16, 1, 0.01);
        cases.Add("qwen3", GgmlType.Q4_K, 1, 0.1);
        cases.Add("qwen3", GgmlType.Q5_K, 1, 0.1);
        cases.Add("qwen3", GgmlType.Q6_K, 1, 0.1);
        cases.Add("qwen3", GgmlType.Q4_1, 1, 0.1);
        cases.Add("qwen3", GgmlType.Q5_0, 1, 0.1);
        cases.Add("qwen3", GgmlType.Q5_1, 1, 0.1);
        cases.Add("qwen3", GgmlType.BF16, 1, 0.1); // llama.cpp rounds activations to BF16 here.
        return cases;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Greedy_tokens_are_those_of_llama_cpp_or_differ_by_less_than_the_rounding(
        string architecture, GgmlType type, int seed, double tolerance)
    {
        var model = TestModel.Create(architecture, type, hidden: type.BlockLength() == 256 ? 256 : 64, seed);
        using var loaded = new LoadedTestModel(model);
        int[] prompt = [72, 101, 108, 108, 111, 32, 119];
        var theirs = await LlamaCpp.GreedyAsync(loaded.Path, prompt, Count, TestContext.Current.CancellationToken);
        Assert.Equal(Count, theirs.Length);
        int[] text = [.. prompt, .. theirs];

        var ours = loaded.Logits(text, KernelTable.Supported[0], chunk: 1)[(prompt.Length - 1)..^1];
        var exact = new ReferenceModel(model).Logits(text[..^1])[(prompt.Length - 1)..];

        for (var i = 0; i < Count; i++)
        {
            var choice = Array.IndexOf(ours[i], ours[i].Max());
            Assert.True(
                choice == theirs[i] || Math.Abs(exact[i][choice] - exact[i][theirs[i]]) < tolerance,
                $"Token {i}: ours {choice} has the exact logit {exact[i][choice]:F4}, theirs {theirs[i]} has {exact[i][theirs[i]]:F4}.");
        }
    }
}
