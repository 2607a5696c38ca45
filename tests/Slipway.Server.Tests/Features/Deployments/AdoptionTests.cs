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
        var settings = AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
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
        var settings = AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
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

    /// <summary>What the program takes from its environment alone: <c>--A:B=c</c> as <c>A__B</c>.</summary>
    private static (string Name, string Value)[] AsVariables(IEnumerable<string> settings) =>
    [
        .. from setting in settings
           let parts = setting.TrimStart('-').Split('=', 2)
           select (parts[0].Replace(":", "__", StringComparison.Ordinal), parts[1]),
    ];

    private static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
        process.WaitForExit();
    }
}
