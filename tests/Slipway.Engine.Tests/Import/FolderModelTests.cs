using System.Text.Json.Nodes;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Import;

public sealed class FolderModelTests
{
    private static readonly int[] Tokens = [.. Enumerable.Range(0, 24).Select(i => (i * 37) % TestModel.Vocabulary)];

    public static TheoryData<string, GgmlType, int, bool> Folders => new()
    {
        { "qwen3", GgmlType.F32, 1, false },
        { "qwen3", GgmlType.F16, 3, false },
        { "qwen3", GgmlType.BF16, 1, true },
        { "qwen3", GgmlType.F16, 1, true },
        { "qwen3", GgmlType.F32, 2, true },
        { "qwen2", GgmlType.F32, 2, false },
        { "qwen2", GgmlType.F16, 1, false },
        { "qwen2", GgmlType.BF16, 3, true },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_gives_the_logits_of_the_same_weights_in_a_file_bit_for_bit(string architecture, GgmlType type, int shards, bool odd)
    {
        var model = TestModel.Create(architecture, type, tied: shards == 1);
        using var file = new LoadedTestModel(model);
        using var folder = new ModelFolder(model) { Shards = shards, IsOdd = odd };
        using var loaded = folder.Load();

        var logits = Logits(loaded);

        Assert.Equal(file.Logits(Tokens, KernelTable.Supported[0], chunk: 12), logits);
    }

    /// <summary>A folder has the halves of a head side by side, so its sums are made in another order.</summary>
    [Theory]
    [InlineData(GgmlType.F32, 1)]
    [InlineData(GgmlType.F16, 2)]
    [InlineData(GgmlType.BF16, 3)]
    public void A_folder_of_llama_gives_the_logits_of_the_same_weights_in_a_file_but_for_rounding(GgmlType type, int shards)
    {
        var model = TestModel.Create("llama", type);
        using var file = new LoadedTestModel(model);
        using var folder = new ModelFolder(model) { Shards = shards };
        using var loaded = folder.Load();

        var logits = Logits(loaded);

        Assert.All(file.Logits(Tokens, KernelTable.Supported[0], chunk: 12).Zip(logits), pair => Assert.InRange(Difference(pair.First, pair.Second), 0, 2e-3));
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("qwen2")]
    [InlineData("llama")]
    public void Every_kernel_reads_a_folder_at_an_odd_byte(string architecture)
    {
        var model = TestModel.Create(architecture, GgmlType.F32);
        using var folder = new ModelFolder(model) { IsOdd = true };
        using var loaded = folder.Load();

        var exact = new ReferenceModel(model).Logits(Tokens)[^1];

        Assert.All(KernelTable.Supported, tier => Assert.InRange(
            Difference([.. exact.Select(value => (float)value)], LoadedTestModel.Logits(loaded, Tokens, tier, chunk: 12)[^1]), 0, 5e-3));
    }

    [Fact]
    public void A_second_output_matrix_is_left_out_where_the_configuration_ties_it()
    {
        var model = TestModel.Create(tied: true);
        using var file = new LoadedTestModel(model);
        using var folder = new ModelFolder(model);
        folder.Tensors["lm_head.weight"] = folder.Tensors["model.embed_tokens.weight"] with { Bytes = new byte[TestModel.Vocabulary * 64 * 4] };
        using var loaded = folder.Load();

        var logits = Logits(loaded);

        Assert.Equal(file.Logits(Tokens, KernelTable.Supported[0], chunk: 12), logits);
        Assert.Equal(file.Model.ParameterCount, loaded.ParameterCount);
    }

    [Fact]
    public void Rows_of_the_embedding_beyond_the_tokens_are_left_out()
    {
        using var folder = new ModelFolder(TestModel.Create(tied: false));
        foreach (var name in (string[])["model.embed_tokens.weight", "lm_head.weight"])
        {
            var tensor = folder.Tensors[name];
            folder.Tensors[name] = tensor with { Shape = [tensor.Shape[0] + 5, 64], Bytes = [.. tensor.Bytes, .. new byte[5 * 64 * 4]] };
        }

        using var loaded = folder.Load();

        Assert.Equal(TestModel.Vocabulary, loaded.Transformer.Vocabulary);
    }

    [Fact]
    public void Biases_of_nothing_that_some_tools_write_are_left_out()
    {
        using var folder = new ModelFolder(TestModel.Create());
        folder.Tensors["model.layers.0.mlp.gate_proj.bias"] = new FolderTensorBytes(SafetensorsType.F16, [128], new byte[256]);

        using var loaded = folder.Load();

        Assert.Empty(loaded.Notes);
    }

    [Fact]
    public void Every_token_that_a_configuration_ends_a_text_with_does()
    {
        using var folder = new ModelFolder(TestModel.Create()) { Generation = new JsonObject { ["eos_token_id"] = new JsonArray(3, 4) } };
        folder.Config["eos_token_id"] = 5;
        using var loaded = folder.Load();

        var ends = loaded.Tokenizer.EndTokens;

        Assert.Superset(new HashSet<int> { 3, 4, 5, loaded.Tokenizer.FindToken("<|im_end|>")!.Value }, ends.ToHashSet());
    }

    [Fact]
    public void A_folder_says_what_it_is()
    {
        using var folder = new ModelFolder(TestModel.Create("qwen2", GgmlType.BF16));
        using var loaded = folder.Load();

        var facts = (loaded.Name, loaded.Architecture, loaded.Quantization, loaded.ContextLength, loaded.ChatTemplate is not null);

        Assert.Equal((Path.GetFileName(folder.Path), "qwen2", "BF16", 512, true), facts);
        Assert.Equal(new FileInfo(folder.At("model.safetensors")).Length, loaded.ByteSize);
    }

    [Fact]
    public void Progress_ends_at_one()
    {
        using var folder = new ModelFolder(TestModel.Create());
        List<double> shares = [];

        using (LanguageModel.Load(folder.Write(), new Shares(shares), TestContext.Current.CancellationToken))
        {
        }

        Assert.Equal(1, shares[^1]);
    }

    internal static float[][] Logits(LanguageModel model) => LoadedTestModel.Logits(model, Tokens, KernelTable.Supported[0], chunk: 12);

    /// <summary>Root of the squares of the differences, relative to that of the values.</summary>
    internal static double Difference(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Sum() / expected.Sum(value => Math.Pow(value, 2)));

    private sealed class Shares(List<double> shares) : IProgress<double>
    {
        public void Report(double value) => shares.Add(value);
    }
}
