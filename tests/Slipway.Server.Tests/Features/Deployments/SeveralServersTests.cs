using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Features.Runs.Executors;
using Slipway.Server.Tests.Platform.Database;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Several servers on one data folder or one database, of one version or of several.</summary>
public sealed class SeveralServersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_server_on_a_data_folder_says_so_until_it_takes_over()
    {
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        var settings = DeploymentServer.AsVariables(DeploymentServer.Settings());
        using var first = await ServingProgram.StartInAsync(data, settings, "--no-model");
        var before = await first.Http.GetAsync("/deployments", Token);
        using var second = await ServingProgram.StartInAsync(data, settings, "--no-model");

        using var list = await second.Http.GetAsync("/deployments", Token);
        using var one = await second.Http.GetAsync("/deployments/any", Token);
        using var made = await second.Http.PostAsJsonAsync("/deployments", new { model_path = "slipway-tiny" }, Token);
        var words = await list.Content.ReadAsStringAsync(Token);
        first.Kill();
        await Patience.UntilAsync(
            async () => (await second.Http.GetAsync("/deployments", Token)).StatusCode == HttpStatusCode.OK, () => "It does not take over.");

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.All([list, one, made], answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
        Assert.All([list, one, made], answer => Assert.NotNull(answer.Headers.RetryAfter?.Delta));
        Assert.Contains("Another Slipway server", words, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task Each_owner_has_its_own_and_their_servers(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = await site.PrepareAsync();
        var store = new DeploymentStore(database);
        foreach (var owner in new[] { "one", "two" })
        {
            Assert.True(await store.TryAddAsync(Row($"{owner}-1", owner), Token));
            await store.SaveAsync(new ReplicaRow { DeploymentId = $"{owner}-1", Status = DeploymentStatuses.Running, Port = 8200 }, Token);
        }

        var all = await store.AllAsync("two", Token);

        var (row, replicas) = Assert.Single(all);
        Assert.Equal(("two-1", "two-1"), (row.Id, Assert.Single(replicas).DeploymentId));
    }

    [Fact]
    public async Task One_of_an_engine_that_only_another_version_knows_is_shown_as_failed_and_can_be_removed()
    {
        await using var server = await DeploymentServer.StartAsync();
        var (store, supervisor) = (server.Services.GetRequiredService<DeploymentStore>(), server.Services.GetRequiredService<DeploymentSupervisor>());
        var row = Row(Guid.NewGuid().ToString(), server.Services.GetRequiredService<DeploymentFolders>().Owner);
        Assert.True(await store.TryAddAsync(row, Token));

        supervisor.Take(row);
        var failed = await server.UntilAsync(row.Id, one => one.Status == DeploymentStatuses.Failed);
        var other = await server.RunningAsync();
        using var removed = await server.DeleteAsync(row.Id);

        Assert.Contains("knows no engine 'moon'", failed.FailureReason, StringComparison.Ordinal);
        Assert.Equal(DeploymentStatuses.Running, other.Status);
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_read_from_the_database_takes_nothing_else_with_it()
    {
        using var engines = await Engines.PlayedEngines.CreateAsync();
        var settings = DeploymentServer.AsVariables([.. DeploymentServer.Settings(), .. engines.Settings]);
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        var model = Path.Combine(engines.Folder, "demo.gguf");
        await File.WriteAllTextAsync(model, "played", Token);
        using var first = await ServingProgram.StartInAsync(data, settings, "--no-model");
        using var made = await first.Http.PostAsJsonAsync("/deployments", new { model_path = model, engine = "llama-server" }, Token);
        var info = await TrainingServer.ReadAsync<DeploymentInfo>(made);
        await DeploymentServer.UntilAsync(first.Http, info.DeploymentId, one => one.Status == DeploymentStatuses.Running);
        first.Kill();
        await using (var database = OpenIn(data))
        {
            var owner = await File.ReadAllTextAsync(Path.Combine(data, "deployments", "owner"), Token);
            Assert.True(await new DeploymentStore(database).TryAddAsync(Row(Guid.NewGuid().ToString(), owner.Trim()) with { Tags = "{" }, Token));
        }

        using var next = await ServingProgram.StartInAsync(data, settings, "--no-model");
        var after = await DeploymentServer.UntilAsync(next.Http, info.DeploymentId, one => one.Status == DeploymentStatuses.Running);
        await DeploymentServer.EndAllAsync(next.Http);

        Assert.Equal(0, after.Restarts);
    }

    private static ServerDatabase OpenIn(string data)
    {
        var settings = new ConfigurationManager { ["SLIPWAY_DATA"] = data };
        return ServerDatabase.Of(settings, DataFolder.Of(settings));
    }

    private static DeploymentRow Row(string id, string owner) => new()
    {
        Id = id,
        Owner = owner,
        ModelPath = "/models/qwen",
        ServedModelName = "qwen",
        Engine = "moon",
        HealthPath = "/health",
    };
}
