using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>A whole server with a training directory, whose runs start a script of the test's own.</summary>
internal sealed class TrainingServer : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly RunningServer _server;
    private readonly string _folder;

    private TrainingServer(RunningServer server, string folder) => (_server, _folder) = (server, folder);

    public HttpClient Http => _server.Http;

    public LogCapture Log => _server.Log;

    public string Folder => _folder;

    /// <summary>Where the server keeps its runs.</summary>
    public RunFolders Runs => _server.Services.GetRequiredService<RunFolders>();

    public IServiceProvider Services => _server.Services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Runs do what <paramref name="script"/> says, to <c>sh</c>, with the configuration as <c>$1</c>.</summary>
    public static async Task<TrainingServer> StartAsync(string script, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-training-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "train.sh"), script, Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "data.jsonl"), """{"instruction":"a","output":"b"}""" + "\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "train.yaml"), "stage: sft\ndo_train: true\ndataset: d\n", Token);
        var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel }, [
            $"--Training:Folder={folder}", "--Training:Command:0=sh", "--Training:Command:1=train.sh", "--Training:Command:2={config}",
            "--Training:StopGraceSeconds=1", .. settings,
        ]);
        var made = new TrainingServer(server, folder);
        await made.MakeProjectAsync("demo");
        return made;
    }

    public async Task<ProjectDetail> MakeProjectAsync(string name)
    {
        using var answer = await Http.PostAsync("/projects", JsonContent.Create(
            new { name, dataset_name = "data.jsonl", training_yaml_name = "train.yaml" }), Token);
        return await KnownAsync<ProjectDetail>(answer);
    }

    /// <summary>On a server that is a process of its own, with the usual files in its training directory.</summary>
    public static async Task<RunDetail> StartRunAsync(HttpClient http)
    {
        using var made = await http.PostAsync("/projects", JsonContent.Create(
            new { name = "demo", dataset_name = "data.jsonl", training_yaml_name = "train.yaml" }), Token);
        await ReadAsync<ProjectDetail>(made);
        using var started = await http.PostAsync("/projects/demo/runs", null, Token);
        return await ReadAsync<RunDetail>(started);
    }

    public async Task<RunDetail> StartRunAsync(object? body = null, string project = "demo")
    {
        using var answer = await Http.PostAsync($"/projects/{project}/runs", body is null ? null : AsWritten(body), Token);
        return await KnownAsync<RunDetail>(answer);
    }

    public async Task<RunDetail> GetAsync(string id)
    {
        using var answer = await Http.GetAsync($"/runs/{id}", Token);
        return await KnownAsync<RunDetail>(answer);
    }

    /// <summary>Waits until the run is as wanted.</summary>
    public Task<RunDetail> UntilAsync(string id, Func<RunDetail, bool> wanted) => UntilAsync(id, run => Task.FromResult(wanted(run)));

    /// <inheritdoc cref="UntilAsync(string, Func{RunDetail, bool})"/>
    public async Task<RunDetail> UntilAsync(string id, Func<RunDetail, Task<bool>> wanted)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var run = await GetAsync(id);
            if (await wanted(run))
            {
                return run;
            }
            Assert.True(watch.Elapsed < Longest, $"Still {run}. The log: {Log.Text}");
            await timer.WaitForNextTickAsync(Token);
        }
    }

    public Task<RunDetail> EndOfAsync(string id) => UntilAsync(id, run => RunStatuses.IsFinal(run.Status));

    public Task<RunDetail> RunningAsync(string id) => UntilAsync(id, run => run.Status == RunStatuses.Running);

    public async Task<List<RunLogLine>> LogsAsync(string id, string query = "limit=5000")
    {
        using var answer = await Http.GetAsync($"/runs/{id}/logs?{query}", Token);
        return await KnownAsync<List<RunLogLine>>(answer);
    }

    /// <summary>What the process itself has printed.</summary>
    public async Task<List<string>> OutputAsync(string id) =>
        [.. (await LogsAsync(id)).Where(line => line.Source == "output").Select(line => line.Text)];

    public async Task<T> GetAsync<T>(string path)
    {
        using var answer = await Http.GetAsync(path, Token);
        return await KnownAsync<T>(answer);
    }

    /// <summary>Lets the runs go on whose script waits for a file of this name in the training directory.</summary>
    public void Open(string gate) => File.WriteAllText(Path.Combine(_folder, gate), "");

    /// <summary>What was answered, and the body's text.</summary>
    public async Task<(int Status, string Text)> SendAsync(HttpMethod method, string path, object? body = null, string? bearer = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : AsWritten(body) };
        if (bearer is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
        }
        using var answer = await Http.SendAsync(request, Token);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Names stay as they are: those of variables are in capitals.</summary>
    private static JsonContent AsWritten(object body) => JsonContent.Create(body, options: JsonSerializerOptions.Default);

    private Task<T> KnownAsync<T>(HttpResponseMessage answer)
    {
        Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}: {Log.Text}");
        return ReadAsync<T>(answer);
    }

    public static async Task<T> ReadAsync<T>(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<T>(text, TestJson.Wire)!;
    }

    public async ValueTask DisposeAsync()
    {
        var data = _server.Services.GetRequiredService<DataFolder>().Path;
        await _server.DisposeAsync();
        MarkedProcesses.KillRunsIn(data);
        TestData.Delete(_folder);
    }
}

internal static class TestJson
{
    public static JsonSerializerOptions Wire { get; } = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
