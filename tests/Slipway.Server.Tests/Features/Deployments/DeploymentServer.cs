using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Tests.Features.Deployments.Engines;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>A whole server whose engines are played, that loses patience in tenths of seconds. Leaves no process behind.</summary>
internal sealed class DeploymentServer : IAsyncDisposable
{
    // Of its own for each server, so that they do not try for each other's.
    private static int _nextPort = 21000;

    private readonly RunningServer _server;

    private DeploymentServer(RunningServer server, PlayedEngines engines, string model) => (_server, Engines, Model) = (server, engines, model);

    public PlayedEngines Engines { get; }

    public HttpClient Http => _server.Http;

    public LogCapture Log => _server.Log;

    public IServiceProvider Services => _server.Services;

    /// <summary>A file that could be a model.</summary>
    public string Model { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>For servers of any kind: quick looks, patience with what is slow only because the machine is, and ports that no other test's server has.</summary>
    public static string[] Settings()
    {
        var port = Interlocked.Add(ref _nextPort, 20);
        return
        [
            "--Deployments:HealthEvery=00:00:00.2", "--Deployments:HealthTimeout=00:00:00.5", "--Deployments:Backoff=00:00:00.2",
            "--Deployments:EarlyDeath=00:10:00", "--Deployments:HungAfter=00:00:10", "--Deployments:DrainGrace=00:00:10", "--Deployments:StopGrace=00:00:20",
            $"--Deployments:FirstPort={port}", $"--Deployments:LastPort={port + 19}",
        ];
    }

    /// <summary>What the program takes from its environment alone: <c>--A:B=c</c> as <c>A__B</c>.</summary>
    public static (string Name, string Value)[] AsVariables(IEnumerable<string> settings) =>
    [
        .. from setting in settings
           let parts = setting.TrimStart('-').Split('=', 2)
           select (parts[0].Replace(":", "__", StringComparison.Ordinal), parts[1]),
    ];

    public static async Task<DeploymentServer> StartAsync(GpuSighting? gpus = null, params string[] settings)
    {
        var engines = await PlayedEngines.CreateAsync();
        var model = Path.Combine(engines.Folder, "demo.gguf");
        await File.WriteAllTextAsync(model, "played", Token);
        var server = await RunningServer.StartAsync(
            new ServerOptions { Model = ServerOptions.NoModel }, [.. Settings(), .. engines.Settings, .. settings], gpus: gpus);
        return new DeploymentServer(server, engines, model);
    }

    /// <summary>Of llama-server, unless the body says otherwise.</summary>
    public async Task<DeploymentInfo> CreateAsync(object? more = null)
    {
        var body = more is null ? [] : JsonSerializer.SerializeToNode(more)!.AsObject();
        body.TryAdd("model_path", Model);
        body.TryAdd("engine", "llama-server");
        using var answer = await Http.PostAsync("/deployments", JsonContent.Create(body), Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await TrainingServer.ReadAsync<DeploymentInfo>(answer);
    }

    public async Task<DeploymentInfo> GetAsync(string id)
    {
        using var answer = await Http.GetAsync($"/deployments/{id}", Token);
        return await TrainingServer.ReadAsync<DeploymentInfo>(answer);
    }

    /// <summary>Waits until the deployment is as wanted.</summary>
    public Task<DeploymentInfo> UntilAsync(string id, Func<DeploymentInfo, bool> wanted) => UntilAsync(Http, id, wanted);

    /// <inheritdoc cref="UntilAsync(string, Func{DeploymentInfo, bool})"/>
    public static async Task<DeploymentInfo> UntilAsync(HttpClient http, string id, Func<DeploymentInfo, bool> wanted)
    {
        DeploymentInfo? info = null;
        await Patience.UntilAsync(
            async () =>
            {
                using var answer = await http.GetAsync($"/deployments/{id}", Token);
                info = await TrainingServer.ReadAsync<DeploymentInfo>(answer);
                return wanted(info);
            },
            () => $"Not so in time: {info}, {info?.FailureReason}");
        return info!;
    }

    public async Task<DeploymentInfo> RunningAsync(object? more = null) =>
        await UntilAsync((await CreateAsync(more)).DeploymentId, info => info.Status == DeploymentStatuses.Running);

    public Task<HttpResponseMessage> ChatAsync(string model, bool stream = false) => ChatAsync(Http, model, stream);

    public static Task<HttpResponseMessage> ChatAsync(HttpClient http, string model, bool stream = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model, stream, messages = new[] { new { role = "user", content = "Say something." } } }),
        };
        return http.SendAsync(request, stream ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, Token);
    }

    public async Task<HttpResponseMessage> DeleteAsync(string id, bool force = false) =>
        await Http.DeleteAsync($"/deployments/{id}{(force ? "?force=true" : "")}", Token);

    public Task<HttpResponseMessage> RestartAsync(string id) => Http.PostAsync($"/deployments/{id}/restart", null, Token);

    /// <summary>Whether a process of that number is there.</summary>
    public static bool IsAlive(int pid) => Directory.Exists($"/proc/{pid}") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await EndAllAsync(Http);
        await _server.DisposeAsync();
        Engines.Dispose();
    }

    public static async Task EndAllAsync(HttpClient http)
    {
        using var list = await http.GetAsync("/deployments", CancellationToken.None);
        foreach (var one in await TrainingServer.ReadAsync<List<DeploymentInfo>>(list))
        {
            (await http.DeleteAsync($"/deployments/{one.DeploymentId}?force=true", CancellationToken.None)).Dispose();
        }
    }
}
