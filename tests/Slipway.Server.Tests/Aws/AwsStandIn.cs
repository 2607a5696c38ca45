using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Server.Tests.Aws.StandIn;

namespace Slipway.Server.Tests.Aws;

/// <summary>A call that the stand-in let in.</summary>
internal sealed record StandInCall(HttpContext Http, string Path, string KeyId, byte[] Body, int Seed)
{
    private readonly Dictionary<string, string> _headers =
        Http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Ends when the caller is gone.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Header(string name) => _headers.GetValueOrDefault(name, "");
}

/// <summary>
/// AWS on this machine, as strict as the real one: nothing is answered whose signature is not right to the last byte. It hands out
/// credentials, keeps secrets, makes stacks, and runs endpoints whose containers a test writes.
/// </summary>
internal sealed class AwsStandIn : IAsyncDisposable
{
    public const string Region = "us-east-1";
    public static readonly StandInKey Key = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private int _seed;

    private AwsStandIn(WebApplication app, string region)
    {
        _app = app;
        SignedRegion = region;
        Account = new StandInAccount(region);
        Control = new StandInControl(Account);
        app.Map("/{**path}", HandleAsync);
    }

    public string Url => _app.Urls.First();

    public string SignedRegion { get; }

    public ConcurrentDictionary<string, StandInKey> Keys { get; } = new([new(Key.Id, Key)]);

    /// <summary>By secret id: the answer of GetSecretValue.</summary>
    public ConcurrentDictionary<string, string> Secrets { get; } = new();

    /// <summary>The account's stacks and what they made.</summary>
    public StandInAccount Account { get; }

    /// <summary>Where CloudFormation and SageMaker are called to manage them.</summary>
    public StandInControl Control { get; }

    /// <summary>By endpoint name, or <c>*</c> for those that stacks make: what its container does.</summary>
    public ConcurrentDictionary<string, Func<StandInCall, Task>> Endpoints { get; } = new();

    /// <summary>By path: what hands out credentials.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, Task>> Open { get; } = new();

    /// <summary>Every call that was let in.</summary>
    public ConcurrentQueue<StandInCall> Calls { get; } = new();

    /// <summary>Every refusal for its signature.</summary>
    public ConcurrentQueue<StandInRefusal> Refusals { get; } = new();

    /// <summary>Ends when the stand-in does: containers that hang wait for it.</summary>
    public CancellationToken Stopping => _stop.Token;

    public static async Task<AwsStandIn> StartAsync(string region = Region)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var standIn = new AwsStandIn(builder.Build(), region);
        await standIn._app.StartAsync(TestContext.Current.CancellationToken);
        return standIn;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Refuses as AWS's JSON services do.</summary>
    public static async Task RefuseAsync(HttpContext http, int status, string type, string body)
    {
        http.Response.StatusCode = status;
        http.Response.Headers["x-amzn-ErrorType"] = type + ":http://internal.amazon.com/coral/com.amazonaws.sagemaker/";
        http.Response.Headers["x-amzn-RequestId"] = "5f0b3f7e-0000-4000-8000-000000000000";
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body);
    }

    private async Task HandleAsync(HttpContext http)
    {
        using var memory = new MemoryStream();
        await http.Request.Body.CopyToAsync(memory);
        var body = memory.ToArray();
        var path = http.Request.Path.Value!;
        if (Open.TryGetValue($"{http.Request.Method} {path}", out var open)
            && !IsSigned(http))
        {
            http.Items["body"] = Encoding.UTF8.GetString(body);
            await open(http);
            return;
        }
        var managed = StandInControl.ServiceOf(http.Request);
        var service = managed ?? (path == "/" ? "secretsmanager" : "sagemaker");
        if (SignatureCheck.Of(http.Request, body, Keys, SignedRegion, service) is { } refusal)
        {
            Refusals.Enqueue(refusal with { Path = $"{http.Request.Method} {path}" });
            if (managed is not null)
            {
                await StandInControl.RefuseAsync(http, managed, new StandInFault(CodeOf(refusal, managed), refusal.Message, refusal.Status));
                return;
            }
            await RefuseAsync(http, refusal.Status, refusal.Type, JsonSerializer.Serialize(new { message = refusal.Message }));
            return;
        }
        var keyId = http.Request.Headers.Authorization.ToString().Split("Credential=")[1].Split('/')[0];
        var call = new StandInCall(http, path, keyId, body, Interlocked.Increment(ref _seed));
        Calls.Enqueue(call);
        if (Keys[keyId].LastsForOneCall)
        {
            Keys.TryRemove(keyId, out _);
        }
        if (managed is not null)
        {
            await Control.AnswerAsync(http, managed, body);
            return;
        }
        await (service == "secretsmanager" ? GetSecretAsync(call) : InvokeAsync(call));
    }

    private static bool IsSigned(HttpContext http) =>
        http.Request.Headers.Authorization.ToString().StartsWith("AWS4-HMAC-SHA256", StringComparison.Ordinal);

    /// <summary>CloudFormation's protocol is older and has other words.</summary>
    private static string CodeOf(StandInRefusal refusal, string service) => (service, refusal.Type) switch
    {
        ("cloudformation", "UnrecognizedClientException") => "InvalidClientTokenId",
        ("cloudformation", "InvalidSignatureException") => "SignatureDoesNotMatch",
        ("cloudformation", "MissingAuthenticationTokenException") => "MissingAuthenticationToken",
        _ => refusal.Type,
    };

    /// <summary>An endpoint of a stack answers while it is in service.</summary>
    private Func<StandInCall, Task>? ContainerOf(string endpoint) =>
        Endpoints.GetValueOrDefault(endpoint) ?? (Account.EndpointStatus(endpoint) == "InService" ? Endpoints.GetValueOrDefault("*") : null);

    private async Task GetSecretAsync(StandInCall call)
    {
        var isRight = call.Header("X-Amz-Target") == "secretsmanager.GetSecretValue" && call.Http.Request.ContentType == "application/x-amz-json-1.1";
        if (!isRight)
        {
            await RefuseAsync(call.Http, 400, "UnknownOperationException", "{}");
        }
        else if (Secrets.TryGetValue(call.Json.GetProperty("SecretId").GetString()!, out var answer))
        {
            call.Http.Response.ContentType = "application/x-amz-json-1.1";
            await call.Http.Response.WriteAsync(answer);
        }
        else
        {
            await RefuseAsync(call.Http, 400, "ResourceNotFoundException",
                """{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}""");
        }
    }

    private async Task InvokeAsync(StandInCall call)
    {
        if (call.Path.Split('/') is ["", "endpoints", var name, "invocations" or "invocations-response-stream"] && ContainerOf(name) is { } container)
        {
            await container(call);
            return;
        }
        await RefuseAsync(call.Http, 400, "ValidationError",
            $$"""{"Message":"Endpoint {{call.Path.Split('/').ElementAtOrDefault(2)}} of account 123456789012 not found."}""");
    }
}
