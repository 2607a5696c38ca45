using System.Runtime.InteropServices;
using System.Text.Json;
using Slipway.Server.Features.Gateway;

namespace Slipway.Server.Tests.Features.Gateway.Engine;

public sealed class EngineEmbeddingTests
{
    private const GatewayOperation Embedding = GatewayOperation.Embedding;

    [Fact]
    public async Task An_answer_is_what_OpenAI_says_it_is()
    {
        await using var calls = await EngineCalls.StartAsync();

        var (answer, usage) = await calls.AskAsync(Embedding, new { input = new[] { "one", "another one" } });

        OpenAiDocument.Check(answer, "CreateEmbeddingResponse");
        var vectors = answer.GetProperty("data").EnumerateArray().Select(Vector).ToList();
        Assert.Equal(2, vectors.Count);
        Assert.All(vectors, vector => Assert.Equal(1, vector.Sum(value => value * value), 1e-5));
        Assert.Equal(usage.Prompt, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(0, usage.Completion);
    }

    [Fact]
    public async Task More_texts_than_the_queue_holds_are_embedded_in_their_order()
    {
        await using var calls = await EngineCalls.StartAsync(null, "--Serving:MaxSequences=2", "--Serving:MaxQueued=0");
        var texts = Enumerable.Range(0, 20).Select(i => $"text {i}").ToArray();

        var (many, _) = await calls.AskAsync(Embedding, new { input = texts });
        var (one, _) = await calls.AskAsync(Embedding, new { input = texts[13] });

        Assert.Equal(20, many.GetProperty("data").GetArrayLength());
        Assert.All(
            Vector(one.GetProperty("data")[0]).Zip(Vector(many.GetProperty("data")[13])),
            pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public async Task Base64_holds_the_same_singles()
    {
        await using var calls = await EngineCalls.StartAsync();
        var (floats, _) = await calls.AskAsync(Embedding, new { input = "one" });

        var (base64, _) = await calls.AskAsync(Embedding, new { input = "one", encoding_format = "base64" });

        var bytes = Convert.FromBase64String(base64.GetProperty("data")[0].GetProperty("embedding").GetString()!);
        Assert.All(
            Vector(floats.GetProperty("data")[0]).Zip(MemoryMarshal.Cast<byte, float>(bytes).ToArray()),
            pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public async Task Fewer_dimensions_are_the_first_ones_at_length_one()
    {
        await using var calls = await EngineCalls.StartAsync();
        var (whole, _) = await calls.AskAsync(Embedding, new { input = new[] { 5, 6, 7 } });

        var (cut, _) = await calls.AskAsync(Embedding, new { input = new[] { 5, 6, 7 }, dimensions = 8 });

        var (full, kept) = (Vector(whole.GetProperty("data")[0]), Vector(cut.GetProperty("data")[0]));
        Assert.Equal(8, kept.Length);
        Assert.Equal(1, kept.Sum(value => value * value), 1e-5);
        Assert.Equal(full[1] / full[0], kept[1] / kept[0], 1e-3);
    }

    [Theory]
    [InlineData("""{}""", "input", "missing")]
    [InlineData("""{"input": []}""", "input", "0 items")]
    [InlineData("""{"input": ["a", ""]}""", "input[1]", "none of them empty")]
    [InlineData("""{"input": "a", "encoding_format": "int8"}""", "encoding_format", "'float' or 'base64'")]
    [InlineData("""{"input": "a", "dimensions": 65}""", "dimensions", "64 dimensions")]
    public async Task A_wrong_value_is_named_with_what_would_be_right(string body, string param, string message)
    {
        await using var calls = await EngineCalls.StartAsync();

        var (_, error) = await calls.RefuseAsync(Embedding, body);

        Assert.Equal((400, "invalid_request_error", param), (error.Status, error.Type, error.Param));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static float[] Vector(JsonElement item) => [.. item.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle())];
}
