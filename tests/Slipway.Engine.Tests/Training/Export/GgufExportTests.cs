using System.Text.Json.Nodes;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Peers;
using Slipway.Engine.Tests.Tokenizers;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training.Export;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Export;

public sealed class GgufExportTests
{
    private const int Width = 256; // Blocks of every format fill it.

    private static readonly int[] Prompt = [72, 101, 108, 108, 111, 32, 119];

    public static TheoryData<GgmlType> Types => [.. Enum.GetValues<GgmlType>()];

    /// <summary>A model that was stored in a format from the same weights has exactly the bytes that the export writes.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Every_format_has_the_bytes_that_its_encoder_makes(GgmlType type)
    {
        using var opened = new OpenedTestModel(TestModel.Create(hidden: Width, tied: false));
        using var path = new TemporaryFile();

        opened.Export.WriteGguf(path.Path, type);

        var expected = TestModel.Create(type: type, hidden: Width, tied: false).Tensors;
        using var file = GgufFile.Open(path.Path);
        Assert.Equal(expected.Count, file.Tensors.Count);
        Assert.All(expected, tensor =>
        {
            var written = file.FindTensor(tensor.Key)!;
            Assert.Equal(tensor.Value.Type, written.Type);
            Assert.Equal(tensor.Value.Dimensions, written.Dimensions);
            Assert.Equal(tensor.Value.Bytes, Bytes(written));
        });
    }

    [Fact]
    public async Task The_written_model_continues_as_the_original_does()
    {
        var model = TestModel.Create();
        using var opened = new OpenedTestModel(model);
        using var original = new LoadedTestModel(model);
        using var exported = new ExportedModel(opened, GgmlType.F32);

        var tokens = await ExportedModel.GreedyAsync(exported.Model, Prompt, count: 48);

        Assert.Equal(48, tokens.Length);
        Assert.Equal(await ExportedModel.GreedyAsync(original.Model, Prompt, count: 48), tokens);
        Assert.Equal("exported", exported.Model.Name);
        Assert.Equal(original.Model.Transformer.Shape, exported.Model.Transformer.Shape);
    }

    [Fact]
    public void The_written_model_speaks_as_its_template_and_tokenizer_say()
    {
        using var opened = new OpenedTestModel(TestModel.Create());
        using var exported = new ExportedModel(opened, GgmlType.Q8_0);

        var prompt = exported.Model.RenderPrompt([new JsonObject { ["role"] = "user", ["content"] = "你好 the" }]);

        Assert.Equal("<|im_start|>user\n你好 the<|im_end|>\n<|im_start|>assistant\n", prompt);
        Assert.Equal(opened.Base.Tokenizer.Encode(prompt), exported.Model.Tokenizer.Encode(prompt));
        Assert.Equal(opened.Base.Tokenizer.EndTokens.Order(), exported.Model.Tokenizer.EndTokens.Order());
    }

    [Fact]
    public void Rows_that_do_not_fill_the_blocks_are_stored_as_halves()
    {
        using var opened = new OpenedTestModel(TestModel.Create(hidden: 128));
        using var path = new TemporaryFile();

        opened.Export.WriteGguf(path.Path, GgmlType.Q4_K);

        using var file = GgufFile.Open(path.Path);
        Assert.Equal(GgmlType.F16, file.FindTensor("blk.0.attn_q.weight")!.Type);
        Assert.Equal(GgmlType.Q4_K, file.FindTensor("blk.0.ffn_down.weight")!.Type);
        Assert.Equal(GgmlType.F32, file.FindTensor("output_norm.weight")!.Type);
    }

    [Fact]
    public void Rows_of_no_token_are_left_out()
    {
        using var opened = new OpenedTestModel(TestModel.Create(tied: false), spareRows: 21);
        using var path = new TemporaryFile();

        opened.Export.WriteGguf(path.Path, GgmlType.F32);

        using var model = LanguageModel.Load(path.Path);
        using var file = GgufFile.Open(path.Path);
        Assert.Equal(TestModel.Vocabulary, model.Tokenizer.VocabularySize);
        Assert.Equal([64L, TestModel.Vocabulary], file.FindTensor("token_embd.weight")!.Dimensions);
        Assert.Equal([64L, TestModel.Vocabulary], file.FindTensor("output.weight")!.Dimensions);
    }

    /// <summary>The same weights in a file that llama.cpp is known to read: the text must be the same to the token.</summary>
    [Theory]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.Q8_0)]
    public async Task Llama_cpp_loads_the_written_model_and_continues_alike(GgmlType type)
    {
        using var opened = new OpenedTestModel(TestModel.Create());
        using var exported = new ExportedModel(opened, type);
        using var original = new LoadedTestModel(TestModel.Create(type: type));

        var theirs = await LlamaCpp.GreedyAsync(exported.Path, Prompt, 32, TestContext.Current.CancellationToken);

        Assert.Equal(32, theirs.Length);
        Assert.Equal(await LlamaCpp.GreedyAsync(original.Path, Prompt, 32, TestContext.Current.CancellationToken), theirs);
    }

    [Fact]
    public async Task Llama_cpp_loads_a_written_model_with_the_tokenizer_of_Qwen3()
    {
        using var opened = new OpenedTestModel(TestModel.Create());
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));
        using var embedding = RepeatRows(opened.Parameters.Single(parameter => parameter.Name == "token_embd.weight"), 151_936);
        Parameter[] parameters = [embedding, .. opened.Parameters.Where(parameter => parameter.Name != "token_embd.weight")];
        using var path = new TemporaryFile();

        new ModelExport(opened.Base.Shape, tokenizer, opened.Base.ChatTemplate, "exported", parameters).WriteGguf(path.Path, GgmlType.F16);

        using var model = LanguageModel.Load(path.Path);
        var prompt = model.Tokenizer.Encode("<|im_start|>user\n你好, the inner world!<|im_end|>\n");
        Assert.Equal(tokenizer.Encode("<|im_start|>user\n你好, the inner world!<|im_end|>\n"), prompt);
        Assert.Equal(8, (await LlamaCpp.GreedyAsync(path.Path, prompt, 8, TestContext.Current.CancellationToken)).Length);
    }

    private static unsafe Parameter RepeatRows(Parameter parameter, int rows)
    {
        var longer = new Parameter(parameter.Name, rows, parameter.Columns, isVector: false);
        for (var row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(parameter.Value + (row % parameter.Rows * parameter.Columns), parameter.Columns)
                .CopyTo(new Span<float>(longer.Value + ((long)row * parameter.Columns), parameter.Columns));
        }
        return longer;
    }

    private static unsafe byte[] Bytes(GgufTensor tensor) => new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).ToArray();
}
