using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Import;
using Slipway.Engine.Tests.Training.Export;

namespace Slipway.Engine.Tests.Peers;

/// <summary>Folders that were converted, in both engines: random weights in singles choose the same tokens.</summary>
public sealed class ConvertedFolderParityTests
{
    private const int Count = 32;
    private static readonly int[] Prompt = [72, 101, 108, 108, 111, 32, 119];

    [Theory]
    [InlineData("qwen3", GgmlType.F16)]
    [InlineData("qwen2", GgmlType.F16)]
    [InlineData("llama", GgmlType.F16)]
    [InlineData("llama", GgmlType.F32)]
    public async Task A_converted_folder_continues_in_llama_cpp_as_the_folder_does_here(string architecture, GgmlType type)
    {
        using var folder = new ModelFolder(TestModel.Create(architecture, type));
        using var output = new TemporaryFile();
        GgufConversion.Run(folder.Write(), output.Path, null, null, TestContext.Current.CancellationToken);
        var theirs = await LlamaCpp.GreedyAsync(output.Path, Prompt, Count, TestContext.Current.CancellationToken);

        using var model = LanguageModel.Load(folder.Path);
        var ours = await ExportedModel.GreedyAsync(model, Prompt, Count);

        Assert.Equal(theirs, ours);
    }

    [Fact]
    public async Task A_converted_gptq_folder_loads_in_llama_cpp()
    {
        using var folder = GptqFolder.Make(TestModel.Create(), groupSize: 32, zero: null, version: 2, GgmlType.Q4_1);
        using var output = new TemporaryFile();
        GgufConversion.Run(folder.Write(), output.Path, null, null, TestContext.Current.CancellationToken);

        var theirs = await LlamaCpp.GreedyAsync(output.Path, Prompt, Count, TestContext.Current.CancellationToken);

        Assert.Equal(Count, theirs.Length);
    }
}
