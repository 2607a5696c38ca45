using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Features.Gateway.Upstreams.Engine;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Engine;

/// <summary>A server with a small random model, and calls to it as the gateway makes them.</summary>
internal sealed class EngineCalls(RunningServer server, ModelFile file) : IAsyncDisposable
{
    public const string PublicName = "acme/tiny";

    public RunningServer Server => server;

    public EngineUpstream Upstream { get; } = ActivatorUtilities.CreateInstance<EngineUpstream>(server.Services);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<EngineCalls> StartAsync(ModelFile? file = null, params string[] args)
    {
        file ??= new ModelFile();
        return new EngineCalls(await ChatCalls.ServeAsync(file, args), file);
    }

    public static GatewayCall Call(GatewayOperation operation, object body, bool isStream = false)
    {
        var json = body is string text ? System.Text.Encoding.UTF8.GetBytes(text) : JsonSerializer.SerializeToUtf8Bytes(body);
        return new GatewayCall
        {
            Operation = operation,
            Body = json,
            Model = PublicName,
            ModelAt = default,
            Stream = isStream,
            RequestId = "r1",
        };
    }

    public Task<UpstreamAnswer> SendAsync(GatewayCall call, CancellationToken cancellationToken) =>
        Upstream.SendAsync(call, "test-qwen3", cancellationToken);

    /// <summary>A whole answer.</summary>
    public async Task<(JsonElement Json, TokenUsage Usage)> AskAsync(GatewayOperation operation, object body)
    {
        await using var answer = await SendAsync(Call(operation, body), Cancellation);
        return (Parse(Assert.IsAssignableFrom<WholeAnswer>(answer).Json), answer.Usage);
    }

    /// <summary>All chunks of a stream.</summary>
    public async Task<(List<JsonElement> Chunks, TokenUsage Usage)> StreamAsync(GatewayOperation operation, object body)
    {
        await using var answer = await SendAsync(Call(operation, body, isStream: true), Cancellation);
        var chunks = new List<JsonElement>();
        var usages = new List<bool>();
        await foreach (var chunk in Assert.IsAssignableFrom<StreamedAnswer>(answer).ReadAsync(Cancellation))
        {
            chunks.Add(Parse(chunk.Json));
            usages.Add(chunk.IsUsage);
        }

        Assert.Equal(usages.Count - 1, usages.IndexOf(true));
        return (chunks, answer.Usage);
    }

    /// <summary>What is wrong with a request.</summary>
    public async Task<(UpstreamFault Fault, OpenAiError Error)> RefuseAsync(GatewayOperation operation, object body)
    {
        var exception = await Assert.ThrowsAsync<UpstreamException>(() => SendAsync(Call(operation, body), Cancellation));
        return (exception.Fault, exception.Error);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        file.Dispose();
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<JsonElement>(json.Span);
}
