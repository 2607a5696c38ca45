using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.Server.Tests.Features.Runs.Webhooks;

/// <summary>Somebody who wants to know of ended runs, as they would write it: on a port of this machine.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    public const string Secret = "a secret of the two of us";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Delivery> _deliveries = new();

    private WebhookReceiver(WebApplication app) => _app = app;

    public string Url => _app.Urls.First() + "/hook?token=also-secret";

    public int Port => new Uri(_app.Urls.First()).Port;

    public IReadOnlyList<Delivery> Deliveries => [.. _deliveries];

    /// <summary>What is done with a delivery; its number counts from 1.</summary>
    public Func<HttpContext, int, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public static async Task<WebhookReceiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var receiver = new WebhookReceiver(builder.Build());
        receiver._app.Run(receiver.TakeAsync);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        _deliveries.Enqueue(new Delivery(context.Request.Method, context.Request.Path, headers, body));
        await Answer(context, _deliveries.Count);
    }

    internal sealed record Delivery(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public string Id => Headers["X-Slipway-Delivery"];

        /// <summary>By the receiver's own computation.</summary>
        public bool IsSigned
        {
            get
            {
                using var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(Secret));
                var expected = hmac.ComputeHash(Encoding.UTF8.GetBytes(Headers["X-Slipway-Timestamp"] + "." + Body));
                return Headers["X-Slipway-Signature"] == "sha256=" + Convert.ToHexString(expected).ToLowerInvariant();
            }
        }
    }
}
