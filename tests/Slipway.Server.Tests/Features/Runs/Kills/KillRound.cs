using System.Net;
using System.Net.Http.Json;
using Slipway.Client.Runs;

namespace Slipway.Server.Tests.Features.Runs.Kills;

/// <summary>
/// Kills servers at random moments while they start, begin runs, follow them, cancel them and try them again; then lets one live until
/// all runs have ended.
/// </summary>
internal sealed class KillRound(KillGround ground, int kills, int runs, Random random)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Fate> _fates = [];
    private readonly HashSet<(string Run, int Attempt)> _asked = [];
    private readonly List<string> _promised = [];
    private int _begun;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Whose end somebody may have asked for: the answer may have died with the server.</summary>
    public IReadOnlySet<(string Run, int Attempt)> Asked => _asked;

    /// <summary>Runs of which somebody was told that they are there.</summary>
    public IReadOnlyList<string> Promised => _promised;

    public int Kills { get; private set; }

    /// <summary>How many servers died before they listened.</summary>
    public int KillsInStart { get; private set; }

    /// <summary>How many died within 300 ms after somebody asked for a run.</summary>
    public int KillsInRequest { get; private set; }

    public async Task KillAsync()
    {
        await MakeProjectAsync();
        while (Kills < kills)
        {
            using var server = ground.Start();
            if (random.Next(5) == 0)
            {
                await Task.Delay(random.Next(1500), Token);
                await server.KillAsync();
                KillsInStart++;
            }
            else
            {
                await LiveAndDieAsync(server);
            }
            Kills++;
        }
    }

    /// <summary>Begins what is left to begin, and waits for the end of all.</summary>
    public async Task FinishAsync(HttpClient http)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var missing = runs - (await ListAsync(http)).Count; missing > 0; missing--)
        {
            await BeginAsync(http);
        }
        while (await ActAsync(http) is { Count: > 0 } active)
        {
            Assert.True(watch.Elapsed < Longest, $"Not ended: {string.Join('\n', active)}\n{string.Join('\n', ground.Log.TakeLast(100))}");
            await Task.Delay(200, Token);
        }
    }

    public static async Task<List<RunDetail>> ListAsync(HttpClient http)
    {
        List<RunDetail> all = [];
        for (List<RunDetail>? page = null; page is not { Count: 0 }; all.AddRange(page))
        {
            using var answer = await http.GetAsync($"/projects/kills/runs?limit=100&offset={all.Count}", Token);
            page = await TrainingServer.ReadAsync<List<RunDetail>>(answer);
        }
        return all;
    }

    private async Task MakeProjectAsync()
    {
        using var server = ground.Start();
        using var http = await server.ReadyAsync();
        using var made = await http.PostAsJsonAsync("/projects", new { name = "kills", dataset_name = "data.jsonl", training_yaml_name = "train.yaml" }, Token);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }

    private async Task LiveAndDieAsync(MortalServer server)
    {
        using var http = await server.ReadyAsync();
        // Half of them with a request in the air, or its run just begun.
        var isSudden = random.Next(2) == 0 && _fates.Count < runs;
        var moment = isSudden ? random.Next(300) : random.Next(300, 2000);
        KillsInRequest += isSudden ? 1 : 0;
        var busy = BusyAsync(http, isSudden ? 1 : random.Next(4));
        await Task.Delay(moment, Token);
        await server.KillAsync();
        await busy;
    }

    private async Task BusyAsync(HttpClient http, int starts)
    {
        try
        {
            for (; starts > 0 && _fates.Count < runs; starts--)
            {
                await BeginAsync(http);
            }
            while (true)
            {
                await ActAsync(http);
                await Task.Delay(100, Token);
            }
        }
        catch (HttpRequestException)
        {
            // It is dead.
        }
        catch (IOException)
        {
            // In the middle of an answer.
        }
    }

    private async Task BeginAsync(HttpClient http)
    {
        // Trainings are few: each takes a processor for some seconds.
        var executor = ground.Executors[_begun % ground.Executors.Count];
        executor = executor == "builtin" && _begun % 3 != 0 ? "local" : executor;
        _begun++;
        using var answer = await http.PostAsJsonAsync("/projects/kills/runs", RunPlan.Of(random, executor).Request(), Token);
        _promised.Add((await TrainingServer.ReadAsync<RunDetail>(answer)).Id);
    }

    /// <summary>Lets each run meet its fate. Returns those that have not ended for good.</summary>
    private async Task<List<RunDetail>> ActAsync(HttpClient http)
    {
        List<RunDetail> active = [];
        foreach (var run in await ListAsync(http))
        {
            if (!_fates.TryGetValue(run.Id, out var fate))
            {
                _fates[run.Id] = fate = new Fate(random.Next(3) == 0, random.Next(3) == 0);
            }
            var isFinal = RunStatuses.IsFinal(run.Status);
            if (!isFinal && fate.IsCancelled && random.Next(4) == 0)
            {
                _asked.Add((run.Id, run.Attempt));
                using var cancelled = await http.PostAsync($"/runs/{run.Id}/cancel", null, Token);
                Assert.Contains(cancelled.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Accepted, HttpStatusCode.Conflict });
            }
            else if (isFinal && fate.IsRetried && run.Attempt == 1 && run.Status != RunStatuses.Succeeded)
            {
                using var retried = await http.PostAsync($"/runs/{run.Id}/retry", null, Token);
                Assert.Contains(retried.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Conflict });
                isFinal = false;
            }
            if (!isFinal)
            {
                active.Add(run);
            }
        }
        return active;
    }

    /// <summary>What others do to a run, decided when it is first seen.</summary>
    private sealed record Fate(bool IsCancelled, bool IsRetried);
}
