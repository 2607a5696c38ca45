using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Quantization;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;

namespace Slipway.Engine.Tests.Peers;

/// <summary>Both engines on the files that the quantizer writes, with their mixed formats.</summary>
public sealed class QuantizedParityTests
{
    [Theory]
    [InlineData("qwen3", QuantizationType.Q4_K_M, 256)]
    [InlineData("qwen3", QuantizationType.Q5_K_M, 256)]
    [InlineData("qwen3", QuantizationType.Q6_K, 256)]
    [InlineData("qwen3", QuantizationType.Q4_0, 256)]
    [InlineData("qwen3", QuantizationType.Q8_0, 64)]
    [InlineData("qwen3", QuantizationType.F16, 64)]
    [InlineData("qwen3", QuantizationType.BF16, 64)]
    [InlineData("qwen2", QuantizationType.Q4_K_M, 256)]
    [InlineData("llama", QuantizationType.Q4_K_M, 256)]
    [InlineData("qwen3", QuantizationType.Q4_K_M, 64)] // Rows too short for 256: Q5_0 and Q8_0 stand in.
    [InlineData("qwen3", QuantizationType.Q5_K_M, 64)]
    public async Task A_quantized_file_loads_in_llama_cpp_and_says_there_what_it_says_here(string architecture, QuantizationType type, int hidden)
    {
        var model = TestModel.Create(architecture, hidden: hidden, tied: false);
        using var full = new TemporaryFile();
        model.Write(full.Path);
        using var loaded = new LoadedTestModel(path => ModelQuantizer.Quantize(
            full.Path, path, new QuantizationOptions { Type = type }, progress: null, TestContext.Current.CancellationToken));
        TakeTensors(model, loaded.Path);

        await GreedyParity.AssertAsync(model, loaded, tolerance: 0.1, TestContext.Current.CancellationToken);
    }

    private static unsafe void TakeTensors(TestModel model, string path)
    {
        using var file = GgufFile.Open(path);
        foreach (var tensor in file.Tensors)
        {
            var bytes = new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).ToArray();
            model.Tensors[tensor.Name] = new TestTensor([.. tensor.Dimensions], tensor.Type, bytes);
        }
    }
}
