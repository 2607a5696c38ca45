using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Features.Gateway.Upstreams.SageMaker;
using Slipway.Server.Tests.Aws;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

/// <summary>The upstream with the stand-in behind it.</summary>
internal sealed class SageMakerBench(AwsBench aws) : IAsyncDisposable
{
    public const string Endpoint = "qwen3-8b-endpoint";
    public const string PublicName = "support-bot";

    public AwsBench Aws => aws;

    public AwsStandIn StandIn => aws.StandIn;

    public static async Task<SageMakerBench> StartAsync(Func<StandInCall, Task>? container = null)
    {
        var bench = new SageMakerBench(await AwsBench.StartAsync());
        if (container is not null)
        {
            bench.StandIn.Endpoints[Endpoint] = container;
        }
        return bench;
    }

    public SageMakerUpstream Upstream(SageMakerUpstreamOptions? options = null) => new(
        aws.Runtime,
        options ?? new SageMakerUpstreamOptions { EndpointName = Endpoint },
        TimeProvider.System,
        aws.Get<ILogger<SageMakerUpstream>>());

    public static GatewayCall Call(bool stream, string? body = null, GatewayOperation operation = GatewayOperation.ChatCompletion)
    {
        body ??= $$"""{"model":"{{PublicName}}","messages":[{"role":"user","content":"你好"}]{{(stream ? ",\"stream\":true" : "")}}}""";
        var bytes = Encoding.UTF8.GetBytes(body);
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{PublicName}\""));
        return new GatewayCall
        {
            Operation = operation,
            Body = bytes,
            Model = PublicName,
            ModelAt = at..(at + PublicName.Length + 2),
            Stream = stream,
            RequestId = "req-0001",
        };
    }

    /// <summary>Sends a call for a stream and reads it to its end.</summary>
    public async Task<StreamRead> StreamAsync(GatewayOperation operation = GatewayOperation.ChatCompletion, SageMakerUpstreamOptions? options = null)
    {
        await using var answer = (StreamedAnswer)await Upstream(options)
            .SendAsync(Call(stream: true, operation: operation), "qwen3-8b", TestContext.Current.CancellationToken);
        return await StreamRead.FromAsync(answer);
    }

    /// <summary>Sends a call for a whole answer.</summary>
    public async Task<(JsonElement Json, TokenUsage Usage)> AnswerAsync(
        GatewayOperation operation = GatewayOperation.ChatCompletion, SageMakerUpstreamOptions? options = null)
    {
        await using var answer = (WholeAnswer)await Upstream(options)
            .SendAsync(Call(stream: false, operation: operation), "qwen3-8b", TestContext.Current.CancellationToken);
        return (JsonDocument.Parse(answer.Json).RootElement, answer.Usage);
    }

    public ValueTask DisposeAsync() => aws.DisposeAsync();
}

/// <summary>A stream that was read, with what must be true of every one.</summary>
internal sealed record StreamRead(IReadOnlyList<JsonElement> Chunks, TokenUsage Usage, UpstreamException? Failure)
{
    public JsonElement Last => Chunks[^1];

    public string Content => Concat("content");

    public string Reasoning => Concat("reasoning_content");

    public string Text => string.Concat(Choices.Where(choice => choice.TryGetProperty("text", out _)).Select(choice => choice.GetProperty("text").GetString()));

    public IEnumerable<JsonElement> Choices => Chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray());

    public IReadOnlyList<string> FinishReasons =>
        [.. Choices.Select(choice => choice.GetProperty("finish_reason").GetString()).OfType<string>()];

    public static async Task<StreamRead> FromAsync(StreamedAnswer answer)
    {
        var chunks = new List<JsonElement>();
        try
        {
            await foreach (var chunk in answer.ReadAsync(TestContext.Current.CancellationToken))
            {
                chunks.Add(JsonDocument.Parse(chunk.Json.ToArray()).RootElement);
                Assert.Equal(chunk.IsUsage, chunks[^1].TryGetProperty("usage", out _));
            }
        }
        catch (UpstreamException failure)
        {
            return new StreamRead(chunks, answer.Usage, failure);
        }
        return new StreamRead(chunks, answer.Usage, null);
    }

    /// <summary>One id and time, the public name, one role at the start and one reason at the end of each choice, one usage chunk last.</summary>
    public void IsProper(string type = "chat.completion.chunk")
    {
        Assert.Null(Failure);
        Assert.Single(Chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
        Assert.Single(Chunks.Select(chunk => chunk.GetProperty("created").GetInt64()).Distinct());
        Assert.All(Chunks, chunk => Assert.Equal(type, chunk.GetProperty("object").GetString()));
        Assert.All(Chunks, chunk => Assert.Equal(SageMakerBench.PublicName, chunk.GetProperty("model").GetString()));
        foreach (var choice in Choices.GroupBy(choice => choice.GetProperty("index").GetInt32()))
        {
            Assert.Single(choice, piece => piece.GetProperty("finish_reason").ValueKind == JsonValueKind.String);
            if (type == "chat.completion.chunk")
            {
                Assert.Equal("assistant", choice.First().GetProperty("delta").GetProperty("role").GetString());
                Assert.All(choice.Skip(1), piece => Assert.False(piece.GetProperty("delta").TryGetProperty("role", out _)));
            }
        }
        Assert.Equal(0, Last.GetProperty("choices").GetArrayLength());
        Assert.Equal(Usage.Total, Last.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Single(Chunks, chunk => chunk.TryGetProperty("usage", out _));
    }

    private string Concat(string name) => string.Concat(Choices
        .Select(choice => choice.GetProperty("delta"))
        .Where(delta => delta.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
        .Select(delta => delta.GetProperty(name).GetString()));
}
