using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Keys;
using Slipway.Server.Features.Gateway.Limits;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Serving;

namespace Slipway.Server.Tests.Features.Gateway;

/// <summary>A server that only guards and counts: POST /call/MODEL is a call of 10 prompt tokens and 20 of answer.</summary>
internal sealed class AccessServer : IAsyncDisposable
{
    public static readonly TokenUsage Usage = new(10, 20);

    private readonly WebApplication _app;

    private AccessServer(WebApplication app, LogCapture log)
    {
        _app = app;
        Log = log;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Http { get; }

    public LogCapture Log { get; }

    public KeyIssuer Keys => Get<KeyIssuer>();

    public Limiter Limiter => Get<Limiter>();

    public UsageLedger Ledger => Get<UsageLedger>();

    public UsageStore Books => Get<UsageStore>();

    public static Task<AccessServer> StartAsync(DataSite site, TimeProvider? clock = null, params (string Name, string Value)[] settings) =>
        StartAsync(site, clock, secret: null, settings);

    /// <summary>With a secret that holds keys; an empty one cannot be read.</summary>
    public static Task<AccessServer> StartAsync(DataSite site, string secret) =>
        StartAsync(site, null, secret, [("AUTH_SECRET_ID", "keys")]);

    private static async Task<AccessServer> StartAsync(
        DataSite site, TimeProvider? clock, string? secret, (string Name, string Value)[] settings)
    {
        var log = new LogCapture();
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Configuration.AddInMemoryCollection([
            new("SLIPWAY_DATA", site.Path),
            .. settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value)),
        ]);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
        builder.Services.AddServing();
        builder.AddAccess();
        if (secret is not null)
        {
            builder.Services.AddSingleton<ISecretSource>(new FixedSecret(secret));
        }
        var app = builder.Build();
        app.UseAccess();
        app.MapAccess();
        app.MapPost("/call/{**model}", Handle).NeedsNoKey();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new AccessServer(app, log);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Makes a key that is in force at once.</summary>
    public async Task<IssuedKey> MakeKeyAsync(KeyTerms terms)
    {
        var issued = await Keys.CreateAsync(terms, TestContext.Current.CancellationToken);
        await Get<KeyRing>().RefreshAsync(TestContext.Current.CancellationToken);
        return issued;
    }

    /// <summary>The key as the gate would find it.</summary>
    public async Task<ApiKey> EnrolAsync(KeyTerms terms)
    {
        Assert.Equal(KeyFinding.Valid, Get<KeyRing>().Find((await MakeKeyAsync(terms)).Secret, out var key));
        return key!;
    }

    /// <summary>How many of these calls, one after another, the limits let in.</summary>
    public async Task<int> AdmittedAsync(ApiKey key, int calls)
    {
        var admitted = 0;
        for (var i = 0; i < calls; i++)
        {
            try
            {
                using var admission = await Limiter.EnterAsync(key, "m", 1, TestContext.Current.CancellationToken);
                admitted++;
            }
            catch (LimitException)
            {
            }
        }
        return admitted;
    }

    public async Task<HttpResponseMessage> CallAsync(string? key, string model = "m", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/call/{model}");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<HttpStatusCode> StatusAsync(string? key, string model = "m", params (string Name, string Value)[] headers)
    {
        using var response = await CallAsync(key, model, headers);
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private sealed class FixedSecret(string text) : ISecretSource
    {
        public Task<string> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(text);
    }

    private static async Task<IResult> Handle(string model, HttpContext context, AccessGate gate, Limiter limiter, CancellationToken cancellationToken)
    {
        try
        {
            var key = await gate.CheckAsync(context, model, cancellationToken);
            using var admission = await limiter.EnterAsync(key, model, Usage.Total, cancellationToken);
            admission.Headers.WriteTo(context.Response.Headers);
            admission.Settle(Usage);
            return TypedResults.Text(key?.Name ?? "nobody");
        }
        catch (OpenAiException exception)
        {
            (exception as LimitException)?.Headers.WriteTo(context.Response.Headers);
            return TypedResults.Json(exception.Error, statusCode: exception.Error.Status);
        }
    }
}
