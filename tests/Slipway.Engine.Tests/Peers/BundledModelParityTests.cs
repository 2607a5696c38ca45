using System.Text.Json.Nodes;
using Slipway.Engine.Quantization;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Formats;

namespace Slipway.Engine.Tests.Peers;

/// <summary>A file that the trainer wrote, in both engines.</summary>
public sealed class BundledModelParityTests
{
    private const int Count = 48;

    [Theory]
    [InlineData("你好")]
    [InlineData("Who are you?")]
    [InlineData("RSA和AES有什么区别？")]
    [InlineData("What is 37 + 48?")]
    [InlineData("怎么启动 Slipway？")]
    [InlineData("What is the capital of France?")]
    public async Task The_bundled_model_answers_in_llama_cpp_token_by_token_as_here(string question)
    {
        using var model = LanguageModel.Load(BundledModel.Find());
        var prompt = model.EncodePrompt(model.RenderPrompt([new JsonObject { ["role"] = "user", ["content"] = question }]));
        var theirs = await LlamaCpp.GreedyAsync(BundledModel.Find(), prompt, Count, TestContext.Current.CancellationToken);

        var ours = await AnswerAsync(model, prompt);

        Assert.NotEmpty(ours);
        Assert.Equal(UpToEnd(model, theirs), ours);
    }

    [Theory]
    [InlineData(QuantizationType.Q6_K)]
    [InlineData(QuantizationType.Q5_K_M)]
    [InlineData(QuantizationType.Q4_K_M)]
    [InlineData(QuantizationType.Q4_0)]
    [InlineData(QuantizationType.F16)]
    [InlineData(QuantizationType.BF16)]
    public async Task Stored_in_another_format_it_still_answers_in_both_engines_alike(QuantizationType type)
    {
        using var file = new TemporaryFile();
        var options = new QuantizationOptions { Type = type, AllowRequantize = true };
        ModelQuantizer.Quantize(BundledModel.Find(), file.Path, options, progress: null, TestContext.Current.CancellationToken);
        using var model = LanguageModel.Load(file.Path);
        var prompt = model.EncodePrompt(model.RenderPrompt([new JsonObject { ["role"] = "user", ["content"] = "What is the capital of France?" }]));
        var theirs = await LlamaCpp.GreedyAsync(file.Path, prompt, Count, TestContext.Current.CancellationToken);

        var ours = await AnswerAsync(model, prompt);

        Assert.NotEmpty(ours);
        Assert.Equal(UpToEnd(model, theirs), ours);
    }

    /// <summary>The tokens before the one that ends the answer.</summary>
    private static async Task<int[]> AnswerAsync(LanguageModel model, int[] prompt)
    {
        await using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2, MaxSequences = 1 });
        var generation = engine.Submit(new GenerationRequest
        {
            Prompt = prompt,
            MaxTokens = Count,
            Sampling = new SamplingOptions { Temperature = 0, TopLogprobs = 0 },
        });
        List<int> tokens = [];
        await foreach (var piece in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            tokens.AddRange((piece.Tokens ?? []).Select(token => token.Id));
        }
        return UpToEnd(model, [.. tokens]);
    }

    private static int[] UpToEnd(LanguageModel model, int[] tokens) => [.. tokens.TakeWhile(token => !model.Tokenizer.EndTokens.Contains(token))];
}
