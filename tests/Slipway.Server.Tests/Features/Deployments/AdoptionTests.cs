using System.Net;
using System.Net.Http.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Deployments.Engines;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Platform.Database;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Model servers outlive the server that started them, and the next one knows them.</summary>
public sealed class AdoptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task After_a_kill_five_deployments_are_taken_over_and_go_on_answering(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        using var engines = await PlayedEngines.CreateAsync();
        var model = Path.Combine(engines.Folder, "demo.gguf");
        await File.WriteAllTextAsync(model, "played", Token);
        var settings = DeploymentServer.AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        using var killed = await ServingProgram.StartInAsync(data, [.. site.Choice, .. settings], "--no-model");
        var before = new List<DeploymentInfo>();
        foreach (var name in Enumerable.Range(0, 5).Select(number => $"demo-{number}"))
        {
            using var made = await killed.Http.PostAsJsonAsync(
                "/deployments", new { model_path = model, engine = "llama-server", served_model_name = name }, Token);
            var id = (await TrainingServer.ReadAsync<DeploymentInfo>(made)).DeploymentId;
            before.Add(await DeploymentServer.UntilAsync(killed.Http, id, info => info.Status == DeploymentStatuses.Running));
        }

        killed.Kill();
        Kill(before[4].Pid!.Value);
        using var next = await ServingProgram.StartInAsync(data, [.. site.Choice, .. settings], "--no-model");
        var after = new List<DeploymentInfo>();
        foreach (var info in before)
        {
            after.Add(await DeploymentServer.UntilAsync(next.Http, info.DeploymentId, one => one.Status == DeploymentStatuses.Running));
        }
        var answers = await Task.WhenAll(before.Select(info => DeploymentServer.ChatAsync(next.Http, info.ServedModelName)));
        await DeploymentServer.EndAllAsync(next.Http);

        Assert.Equal(before.Take(4).Select(info => (info.Pid, info.Port, 0)), after.Take(4).Select(info => (info.Pid, info.Port, info.Restarts)));
        Assert.Equal(1, after[4].Restarts);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.All(after, info => Assert.False(DeploymentServer.IsAlive(info.Pid!.Value)));
    }

    [Fact]
    public async Task A_removal_that_was_cut_short_is_finished_by_the_next_server()
    {
        using var engines = await PlayedEngines.CreateAsync();
        engines.Turn("PLAY_TOKENS", "600");
        engines.Turn("PLAY_SLOW", "0.1");
        var model = Path.Combine(engines.Folder, "demo.gguf");
        await File.WriteAllTextAsync(model, "played", Token);
        var settings = DeploymentServer.AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        using var killed = await ServingProgram.StartInAsync(data, settings, "--no-model");
        using var made = await killed.Http.PostAsJsonAsync("/deployments", new { model_path = model, engine = "llama-server" }, Token);
        var id = (await TrainingServer.ReadAsync<DeploymentInfo>(made)).DeploymentId;
        var info = await DeploymentServer.UntilAsync(killed.Http, id, one => one.Status == DeploymentStatuses.Running);
        using var stream = await DeploymentServer.ChatAsync(killed.Http, "demo", stream: true);
        var removal = killed.Http.DeleteAsync($"/deployments/{id}", Token);
        await DeploymentServer.UntilAsync(killed.Http, id, one => one.Status == DeploymentStatuses.Stopping);

        killed.Kill();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => removal);
        using var next = await ServingProgram.StartInAsync(data, settings, "--no-model");
        await Runs.Executors.Patience.UntilAsync(
            async () => (await next.Http.GetAsync($"/deployments/{id}", Token)).StatusCode == HttpStatusCode.NotFound, () => "It was not removed.");

        Assert.False(DeploymentServer.IsAlive(info.Pid!.Value));
    }

    [Fact]
    public async Task Requests_that_model_servers_have_taken_outlive_a_kill_and_none_is_started_again()
    {
        using var engines = await PlayedEngines.CreateAsync();
        engines.Turn("PLAY_TOKENS", "60");
        engines.Turn("PLAY_SLOW", "0.1");
        var model = Path.Combine(engines.Folder, "demo.gguf");
        await File.WriteAllTextAsync(model, "played", Token);
        var settings = DeploymentServer.AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        using var killed = await ServingProgram.StartInAsync(data, settings, "--no-model");
        var before = new List<DeploymentInfo> { await DeployAsync(killed.Http, "slipway-tiny", "slipway", "real") };
        foreach (var number in Enumerable.Range(0, 4))
        {
            before.Add(await DeployAsync(killed.Http, model, "llama-server", $"demo-{number}"));
        }
        using var direct = new HttpClient();
        using var isBack = new CancellationTokenSource();
        var small = Task.Run(() => CallAsLongAsync(direct, before[0], isBack.Token));
        var streams = await Task.WhenAll(before.Skip(1).Select(info => BeginStreamAsync(direct, info)));

        killed.Kill();
        using var next = await ServingProgram.StartInAsync(data, settings, "--no-model");
        var after = new List<DeploymentInfo>();
        foreach (var info in before)
        {
            after.Add(await DeploymentServer.UntilAsync(next.Http, info.DeploymentId, one => one.Status == DeploymentStatuses.Running));
        }
        await isBack.CancelAsync();
        var texts = await Task.WhenAll(streams.Select(stream => stream.ReadToEndAsync(Token)));
        engines.Turn("PLAY_SLOW", null);
        var answers = await Task.WhenAll(before.Select(info => DeploymentServer.ChatAsync(next.Http, info.ServedModelName)));
        await DeploymentServer.EndAllAsync(next.Http);

        Assert.Equal(before.Select(info => (info.Pid, info.Port, 0)), after.Select(info => (info.Pid, info.Port, info.Restarts)));
        Assert.True(await small > 0);
        // Words, the end, and the mark; the first line was read before.
        Assert.All(texts, text => Assert.Equal(60 - 1 + 1 + 1, text.Split('\n').Count(line => line.StartsWith("data: ", StringComparison.Ordinal))));
        Assert.All(texts, text => Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    private static async Task<DeploymentInfo> DeployAsync(HttpClient http, string model, string engine, string name)
    {
        using var made = await http.PostAsJsonAsync("/deployments", new { model_path = model, engine, served_model_name = name }, Token);
        var id = (await TrainingServer.ReadAsync<DeploymentInfo>(made)).DeploymentId;
        return await DeploymentServer.UntilAsync(http, id, info => info.Status == DeploymentStatuses.Running);
    }

    /// <summary>Asks a model server itself, and has the first line of its answer.</summary>
    private static async Task<StreamReader> BeginStreamAsync(HttpClient http, DeploymentInfo info)
    {
        var answer = await http.SendAsync(Question(info, stream: true), HttpCompletionOption.ResponseHeadersRead, Token);
        var reader = new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Token));
        Assert.StartsWith("data: ", await reader.ReadLineAsync(Token), StringComparison.Ordinal);
        return reader;
    }

    /// <summary>Asks a model server itself, one question after another; each has its answer. Gives their number.</summary>
    private static async Task<int> CallAsLongAsync(HttpClient http, DeploymentInfo info, CancellationToken until)
    {
        var count = 0;
        for (; !until.IsCancellationRequested; count++)
        {
            using var answer = await http.SendAsync(Question(info, stream: false), Token);
            Assert.Contains("finish_reason", await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }
        return count;
    }

    private static HttpRequestMessage Question(DeploymentInfo info, bool stream) => new(HttpMethod.Post, $"http://127.0.0.1:{info.Port}/v1/chat/completions")
    {
        Content = JsonContent.Create(new { model = info.ServedModelName, stream, messages = new[] { new { role = "user", content = "What is AES?" } } }),
    };

    private static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
        process.WaitForExit();
    }
}
