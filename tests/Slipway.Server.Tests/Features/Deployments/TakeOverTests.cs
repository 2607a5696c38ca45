using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Platform.Database;
using Slipway.Server.Processes;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Deployments.Engines;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Features.Runs.Executors;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>What a server that comes back clears up and finishes.</summary>
public sealed class TakeOverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_model_server_that_died_meanwhile_has_left_behind_goes()
    {
        using var engines = await PlayedEngines.CreateAsync();
        var settings = DeploymentServer.AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        using var killed = await ServingProgram.StartInAsync(data, settings, "--no-model");
        var info = await DeployAsync(killed.Http, engines);
        var folder = Path.Combine(data, "deployments", info.DeploymentId, "0", "1");
        using var left = Process.Start(new ProcessStartInfo("sleep", ["600"]) { Environment = { [ProcessFolder.Variable] = folder } })!;
        var unnamed = Directory.CreateDirectory(Path.Combine(data, "deployments", Guid.NewGuid().ToString(), "model")).Parent!.FullName;

        killed.Kill();
        ProcessSite.Kill(info.Pid!.Value);
        await Patience.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(folder, "exit"))), () => "Its end is not noted.");
        using var next = await ServingProgram.StartInAsync(data, settings, "--no-model");
        await DeploymentServer.UntilAsync(next.Http, info.DeploymentId, one => one is { Status: DeploymentStatuses.Running, Restarts: 1 });
        var isLeft = DeploymentServer.IsAlive(left.Id);
        left.Kill();
        await DeploymentServer.EndAllAsync(next.Http);

        Assert.False(isLeft);
        Assert.False(Directory.Exists(unnamed));
    }

    [Fact]
    public async Task A_removal_by_force_that_was_cut_short_is_finished_by_force()
    {
        using var engines = await PlayedEngines.CreateAsync();
        engines.Turn("PLAY_IGNORE_TERM", "1");
        var settings = DeploymentServer.AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        using var killed = await ServingProgram.StartInAsync(data, settings, "--no-model");
        var info = await DeployAsync(killed.Http, engines);
        killed.Kill();
        await using (var database = OpenIn(data))
        {
            var store = new DeploymentStore(database);
            var owner = await File.ReadAllTextAsync(Path.Combine(data, "deployments", "owner"), Token);
            var (row, _) = Assert.Single(await store.AllAsync(owner.Trim(), Token));
            await store.SaveAsync(row with { Wish = Wishes.RemovedByForce }, Token);
        }

        using var next = await ServingProgram.StartInAsync(data, settings, "--no-model");
        await Patience.UntilAsync(
            async () => (await next.Http.GetAsync($"/deployments/{info.DeploymentId}", Token)).StatusCode == HttpStatusCode.NotFound, () => "It was not removed.");

        Assert.False(DeploymentServer.IsAlive(info.Pid!.Value));
    }

    [Fact]
    public async Task That_a_removal_is_by_force_is_kept_and_not_taken_back()
    {
        await using var server = await DeploymentServer.StartAsync();
        var info = await server.RunningAsync();
        var (desk, shelf) = (server.Services.GetRequiredService<DeploymentDesk>(), server.Services.GetRequiredService<DeploymentShelf>());
        var deployed = shelf.Get(info.DeploymentId)!;

        await desk.BeginRemovalAsync(info.DeploymentId, force: true, Token);
        var wish = deployed.Row.Wish;
        await desk.BeginRemovalAsync(info.DeploymentId, force: false, Token);

        Assert.Equal((Wishes.RemovedByForce, Wishes.RemovedByForce), (wish, deployed.Row.Wish));
    }

    [Fact]
    public void Of_the_folders_only_those_go_that_no_deployment_has_and_that_hold_a_model_and_nothing_else()
    {
        using var site = new DataSite();
        var folders = new DeploymentFolders(site.Folder);
        var (known, unknown, served) = ($"{Guid.NewGuid()}", $"{Guid.NewGuid()}", $"{Guid.NewGuid()}");
        foreach (var id in new[] { known, unknown, served, "notes" })
        {
            Directory.CreateDirectory(folders.ModelOf(id));
            File.WriteAllText(Path.Combine(folders.ModelOf(id), "one.gguf"), "model");
        }
        Directory.CreateDirectory(folders.AttemptOf(served, 0, 1));

        folders.RemoveUnnamed(new HashSet<string> { known });
        var left = Directory.EnumerateDirectories(folders.Root).Select(Path.GetFileName).ToHashSet();

        Assert.Equal(new HashSet<string?> { known, served, "notes" }, left);
    }

    [Fact]
    public async Task A_relative_path_means_what_it_meant_when_it_was_deployed()
    {
        var models = Directory.CreateTempSubdirectory("slipway-models-").FullName;
        var folder = Directory.CreateDirectory(Path.Combine(models, "lab", "qwen")).FullName;
        await using var server = await DeploymentServer.StartAsync(null, $"--Deployments:ModelFolder={models}");
        var info = await server.RunningAsync(new { model_path = "lab/qwen", engine = "vllm" });

        TestData.Delete(models);
        using var restarted = await server.RestartAsync(info.DeploymentId);
        var after = await server.UntilAsync(info.DeploymentId, one => one is { Status: DeploymentStatuses.Running, Restarts: 1 });

        Assert.Equal("lab/qwen", after.ModelPath);
        Assert.Contains($"serve {folder} ", after.VllmCmd, StringComparison.Ordinal);
    }

    private static async Task<DeploymentInfo> DeployAsync(HttpClient http, PlayedEngines engines)
    {
        var model = Path.Combine(engines.Folder, "demo.gguf");
        await File.WriteAllTextAsync(model, "played", Token);
        using var made = await http.PostAsJsonAsync("/deployments", new { model_path = model, engine = "llama-server" }, Token);
        var id = (await TrainingServer.ReadAsync<DeploymentInfo>(made)).DeploymentId;
        return await DeploymentServer.UntilAsync(http, id, info => info.Status == DeploymentStatuses.Running);
    }

    private static ServerDatabase OpenIn(string data)
    {
        var settings = new ConfigurationManager { ["SLIPWAY_DATA"] = data };
        return ServerDatabase.Of(settings, DataFolder.Of(settings));
    }
}
