using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway;

/// <summary>The whole server with a route <c>m</c> to upstreams of a test, and calls of it.</summary>
internal static class GatewayServer
{
    public const string Chat = """{"model":"m","messages":[{"role":"user","content":"Hello"}]}""";
    public const string StreamedChat = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}""";

    public static Task<RunningServer> StartAsync(RawUpstream upstream, params string[] args) => StartAsync([upstream], args);

    public static Task<RunningServer> StartAsync(RawUpstream[] upstreams, params string[] args) => RunningServer.StartAsync(args:
    [
        .. upstreams.SelectMany((upstream, i) => new[]
        {
            $"--Gateway:Routes:m:Upstreams:{i}:BaseUrl={upstream.BaseUrl}", $"--Gateway:Routes:m:Upstreams:{i}:Model=inner/name",
        }),
        .. args,
    ]);

    public static async Task<HttpResponseMessage> PostAsync(
        this RunningServer server, string body, string path = "/v1/chat/completions", HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        return await server.Http.SendAsync(request, until, TestContext.Current.CancellationToken);
    }

    public static async Task<(int Status, string Text)> CallAsync(this RunningServer server, string body, string path = "/v1/chat/completions")
    {
        using var response = await server.PostAsync(body, path);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The error object of an answer or of a stream's event.</summary>
    public static (string Message, string Type, string? Code) Error(string json)
    {
        var error = JsonDocument.Parse(json).RootElement.GetProperty("error");
        return (error.GetProperty("message").GetString()!, error.GetProperty("type").GetString()!, error.GetProperty("code").GetString());
    }

    /// <summary>The data of a stream's events.</summary>
    public static List<string> Events(string text) =>
        [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(part => part.StartsWith("data: ", StringComparison.Ordinal)).Select(part => part[6..])];
}
