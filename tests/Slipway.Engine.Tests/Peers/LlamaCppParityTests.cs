using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Peers;

/// <summary>Both engines on files whose tensors all have one format.</summary>
public sealed class LlamaCppParityTests
{
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

        await GreedyParity.AssertAsync(model, loaded, tolerance, TestContext.Current.CancellationToken);
    }
}
