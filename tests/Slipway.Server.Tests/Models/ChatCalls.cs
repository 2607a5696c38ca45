using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Serving;

namespace Slipway.Server.Tests.Models;

/// <summary>Calls of the chat service as its clients make them, in raw JSON.</summary>
internal static class ChatCalls
{
    /// <summary>A server with a model, a small cache and one computing thread.</summary>
    public static Task<RunningServer> ServeAsync(ModelFile? model, params string[] args) => RunningServer.StartAsync(
        new ServerOptions { Model = model?.Path, Threads = 1 }, ["--Serving:KvTokens=65536", .. args]);

    public static ModelHost Host(this RunningServer server) => server.Services.GetRequiredService<ModelHost>();

    public static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(this RunningServer server, string path, object? body)
    {
        using var content = body is null ? null : JsonContent.Create(body);
        using var response = await server.Http.PostAsync(path, content, TestContext.Current.CancellationToken);
        return (response.StatusCode, await ReadAsync(response));
    }

    public static async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(this RunningServer server, string path)
    {
        using var response = await server.Http.GetAsync(path, TestContext.Current.CancellationToken);
        return (response.StatusCode, await ReadAsync(response));
    }

    /// <summary>Begins a stream; it is at its first chunk when this returns.</summary>
    public static async Task<OpenStream> OpenStreamAsync(this RunningServer server, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chat/stream") { Content = JsonContent.Create(body) };
        var response = await server.Http.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var stream = new OpenStream(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await stream.ReadEventAsync();
        await stream.ReadEventAsync();
        return stream;
    }

    public static string Field(this JsonElement body, string name) => body.GetProperty(name).GetString()!;

    /// <summary>Waits, without sleeping, for what another thread is about to do.</summary>
    public static Task<bool> ComesTrueAsync(Func<bool> condition) =>
        Task.Run(() => SpinWait.SpinUntil(condition, TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken);

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}

/// <summary>A stream of events, read line by line.</summary>
internal sealed class OpenStream(HttpResponseMessage response, Stream body) : IDisposable
{
    private readonly StreamReader _reader = new(body, Encoding.UTF8);

    public HttpResponseMessage Response => response;

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<(string Type, string Content)?> ReadEventAsync()
    {
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                var item = JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]);
                return (item.Field("type"), item.Field("content"));
            }
        }

        return null;
    }

    /// <summary>All events until the stream ends.</summary>
    public async Task<List<(string Type, string Content)>> ReadToEndAsync()
    {
        var events = new List<(string, string)>();
        while (await ReadEventAsync() is { } item)
        {
            events.Add(item);
        }

        return events;
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }
}
