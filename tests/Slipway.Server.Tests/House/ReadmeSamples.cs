using Slipway.Client;
using Slipway.Engine;
using Slipway.Engine.Scheduling;

namespace Slipway.Server.Tests.House;

/// <summary>The README's C#, line by line: that it compiles is the compiler's to say, that it is the README's a test's.</summary>
internal static class ReadmeSamples
{
    public static async Task GenerateAsync()
    {
        using var model = LanguageModel.Load("model.gguf");
        await using var engine = new InferenceEngine(model);
        var generation = engine.Submit(new GenerationRequest { Prompt = model.EncodePrompt("Once upon a time"), MaxTokens = 64 });
        await foreach (var piece in generation.ReadAllAsync(CancellationToken.None))
        {
            Console.Write(piece.Text);
        }
    }

    public static async Task CallAsync()
    {
        using var client = new SlipwayClient("http://127.0.0.1:8000");
        Console.WriteLine((await client.ChatAsync("你好")).Response);
    }
}
