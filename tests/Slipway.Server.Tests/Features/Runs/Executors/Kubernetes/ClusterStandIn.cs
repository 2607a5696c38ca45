using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>
/// A cluster on this machine: the part of Kubernetes' API that Jobs need, over TLS with an authority of its own. kubectl can drive it.
/// It lets nobody in without a token or a certificate, refuses what it does not know, and runs pods as processes.
/// </summary>
internal sealed partial class ClusterStandIn : IAsyncDisposable
{
    public const string Namespace = "trainings";

    private readonly WebApplication _app;
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-cluster-");
    private readonly ClusterCertificates _certificates = new();

    private ClusterStandIn()
    {
        Node = new ClusterNode(Store, _root.FullName);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = _certificates.Server;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => _certificates.IsOurs(certificate);
        })));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public ClusterStore Store { get; } = new();

    public ClusterNode Node { get; }

    /// <summary>Bearer tokens that are good now.</summary>
    public ConcurrentDictionary<string, bool> Tokens { get; } = new([new("first-token", true)]);

    /// <summary>Answers before anything else, if it wants to: true when it has.</summary>
    public Func<HttpContext, Task<bool>>? Fault { get; set; }

    /// <summary>Verb and resource that nobody may: <c>create secrets</c>.</summary>
    public ConcurrentDictionary<string, bool> Forbidden { get; } = new();

    /// <summary>Every call that was let in: method and path with query.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public Uri Url => new(_app.Urls.First());

    public string AuthorityPem => _certificates.AuthorityPem;

    public string Folder => _root.FullName;

    public (string Certificate, string Key) IssueClient() => _certificates.IssueClient("slipway");

    public static async Task<ClusterStandIn> StartAsync()
    {
        var cluster = new ClusterStandIn();
        await cluster._app.StartAsync(TestContext.Current.CancellationToken);
        return cluster;
    }

    /// <summary>A kubeconfig for it, in a file of its own.</summary>
    public string WriteKubeconfig(string user = "token: first-token", string cluster = "")
    {
        var path = Path.Combine(_root.FullName, $"kubeconfig-{Guid.NewGuid():N}");
        var authority = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(AuthorityPem));
        cluster = cluster.Length > 0 ? cluster : $"server: {Url.ToString().TrimEnd('/')}\n    certificate-authority-data: {authority}";
        File.WriteAllText(path, $"""
            apiVersion: v1
            kind: Config
            current-context: stand-in
            contexts:
            - name: stand-in
              context:
                cluster: here
                user: me
                namespace: {Namespace}
            clusters:
            - name: here
              cluster:
                {cluster}
            users:
            - name: me
              user:
                {user}

            """);
        return path;
    }

    /// <summary>The one pod of a Job.</summary>
    public JsonObject PodOf(string job) => Store.List("pods", Namespace).Single(pod => pod["metadata"]!["labels"]!["job-name"]!.GetValue<string>() == job);

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _app.DisposeAsync();
        _certificates.Dispose();
        _root.Delete(recursive: true);
    }

    private async Task HandleAsync(HttpContext http)
    {
        var token = http.Request.Headers.Authorization.ToString();
        var isKnown = token.StartsWith("Bearer ", StringComparison.Ordinal)
            ? Tokens.ContainsKey(token["Bearer ".Length..])
            : http.Connection.ClientCertificate is not null;
        if (!isKnown)
        {
            await RefuseAsync(http, 401, "Unauthorized", "Unauthorized");
            return;
        }
        Calls.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
        if (Fault is not { } fault || !await fault(http))
        {
            try
            {
                await AnswerAsync(http);
            }
            catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
            {
                // A watch or a log that its reader has left.
            }
        }
    }

    private Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.Trim('/').Split('/');
        return path switch
        {
            ["version"] => SendAsync(http, new JsonObject { ["major"] = "1", ["minor"] = "32", ["gitVersion"] = "v1.32.0" }),
            ["api"] => SendAsync(http, new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") }),
            ["apis"] => SendAsync(http, Groups()),
            ["api", "v1"] => SendAsync(http, Resources("v1", ("pods", "Pod"), ("configmaps", "ConfigMap"), ("secrets", "Secret"), ("events", "Event"))),
            ["apis", "batch", "v1"] => SendAsync(http, Resources("batch/v1", ("jobs", "Job"))),
            ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] => ReviewAsync(http),
            ["api", "v1", "namespaces", var place, "pods", var pod, "log"] => LogAsync(http, place, pod),
            ["api", "v1", "namespaces", var place, "pods" or "configmaps" or "secrets" or "events", ..] => ResourceAsync(http, place, path[4..]),
            ["apis", "batch", "v1", "namespaces", var place, "jobs", ..] => ResourceAsync(http, place, path[5..]),
            _ => RefuseAsync(http, 404, "NotFound", "the server could not find the requested resource"),
        };
    }

    private async Task ReviewAsync(HttpContext http)
    {
        var review = (await JsonNode.ParseAsync(http.Request.Body))!;
        var asked = review["spec"]!["resourceAttributes"]!;
        var part = asked["subresource"] is { } sub ? "/" + sub.GetValue<string>() : "";
        var right = $"{asked["verb"]!.GetValue<string>()} {asked["resource"]!.GetValue<string>()}{part}";
        await SendAsync(http, new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SelfSubjectAccessReview",
            ["status"] = new JsonObject { ["allowed"] = !Forbidden.ContainsKey(right) },
        }, 201);
    }

    private async Task LogAsync(HttpContext http, string place, string name)
    {
        var query = http.Request.Query;
        if (Store.Find("pods", place, name) is not { } pod)
        {
            await RefuseAsync(http, 404, "NotFound", $"pods \"{name}\" not found");
        }
        else if (Node.LogOf(pod["metadata"]!["uid"]!.GetValue<string>()) is not { } log)
        {
            await RefuseAsync(http, 400, "BadRequest", $"container \"training\" in pod \"{name}\" is waiting to start: ContainerCreating");
        }
        else
        {
            // Whole seconds, as they reach a node.
            var since = query["sinceTime"].ToString() is { Length: > 0 } text
                ? DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeSeconds())
                : DateTimeOffset.MinValue;
            http.Response.ContentType = "text/plain";
            await log.WriteAsync(http, query["follow"] == "true", since, query["timestamps"] == "true");
        }
    }

    public static Task SendAsync(HttpContext http, JsonObject value, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(value.ToJsonString());
    }

    public static Task RefuseAsync(HttpContext http, int status, string reason, string message) => SendAsync(http, new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = status,
    }, status);

    private static JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray(new JsonObject
        {
            ["name"] = "batch",
            ["versions"] = new JsonArray(new JsonObject { ["groupVersion"] = "batch/v1", ["version"] = "v1" }),
            ["preferredVersion"] = new JsonObject { ["groupVersion"] = "batch/v1", ["version"] = "v1" },
        }),
    };

    private static JsonObject Resources(string version, params (string Name, string Kind)[] resources) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = version,
        ["resources"] = new JsonArray([.. resources.Select(one => (JsonNode)new JsonObject
        {
            ["name"] = one.Name,
            ["singularName"] = one.Name.TrimEnd('s'),
            ["namespaced"] = true,
            ["kind"] = one.Kind,
            ["verbs"] = new JsonArray("create", "delete", "get", "list", "watch"),
        })]),
    };
}
