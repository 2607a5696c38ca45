using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployer;

/// <summary>What is said of deployments whose steps fail, or have failed.</summary>
public sealed class ReconcilerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_step_that_fails_unforeseen_is_told_and_the_deployment_can_be_destroyed()
    {
        await using var server = await StartAsync(model => model.IsUnwanted ? Of("Deleting") with { IsGone = true } : throw new InvalidOperationException("The disk went away."));

        await DeployAsync(server);
        var status = await UntilAsync(server, status => status.GetProperty("failure_reason").GetString() is not null);
        await DestroyAsync(server);
        await Patience.UntilAsync(async () => (await ListAsync(server)).GetArrayLength() == 0, () => "It is still there.");

        Assert.Equal("The disk went away.", status.GetProperty("failure_reason").GetString());
        Assert.Equal("Creating (Infrastructure)", status.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Of_one_that_failed_and_is_to_go_only_what_keeps_it_is_told()
    {
        var trouble = "AWS says no.";
        await using var server = await StartAsync(model => model switch
        {
            { IsUnwanted: false } => Of("Failed") with { FailureReason = "It never began." },
            _ when trouble.Length > 0 => model.Last! with { Trouble = trouble, NextStep = TimeSpan.FromMilliseconds(20) },
            _ => Of("Deleting") with { IsGone = true },
        });
        await DeployAsync(server);
        var failed = await UntilAsync(server, status => status.GetProperty("status").GetString() == "Failed");

        await DestroyAsync(server);
        var listed = (await ListAsync(server))[0].GetProperty("status").GetString();
        var kept = await UntilAsync(server, status => status.GetProperty("failure_reason").GetString() is not null);
        trouble = "";
        await Patience.UntilAsync(async () => (await ListAsync(server)).GetArrayLength() == 0, () => "It is still there.");

        Assert.Equal("It never began.", failed.GetProperty("failure_reason").GetString());
        Assert.Equal("Deleting", listed);
        Assert.Equal(("Deleting", "AWS says no."), (kept.GetProperty("status").GetString(), kept.GetProperty("failure_reason").GetString()));
    }

    private static Standing Of(string status) => new() { Status = status, NextStep = TimeSpan.FromMilliseconds(20) };

    private static Task<RunningServer> StartAsync(Func<DeployedModel, Standing> step) => RunningServer.StartAsync(
        new ServerOptions { Model = ServerOptions.NoModel },
        services: services =>
        {
            services.RemoveAll<IDeployService>();
            services.AddSingleton<IDeployService>(new Played(step));
        });

    private static async Task DeployAsync(RunningServer server) => await PostAsync(
        server, "/emd_deploy", """{"model_id":"slipway-tiny","instance_type":"local","engine_type":"slipway","service_type":"local"}""");

    private static async Task DestroyAsync(RunningServer server) => await PostAsync(server, "/emd_destroy", """{"model_id":"slipway-tiny"}""");

    private static Task<JsonElement> ListAsync(RunningServer server) => PostAsync(server, "/emd_models", "");

    private static async Task<JsonElement> UntilAsync(RunningServer server, Func<JsonElement, bool> condition)
    {
        JsonElement status = default;
        await Patience.UntilAsync(
            async () => condition(status = await PostAsync(server, "/emd_status", """{"model_id":"slipway-tiny"}""")), () => $"It is {status}.");
        return status;
    }

    private static async Task<JsonElement> PostAsync(RunningServer server, string path, string body)
    {
        using var answer = await server.Http.PostAsync(path, new StringContent(body, null, "application/json"), Token);
        return await TrainingServer.ReadAsync<JsonElement>(answer);
    }

    /// <summary>A place to deploy to that does as a test says.</summary>
    private sealed class Played(Func<DeployedModel, Standing> step) : IDeployService
    {
        public IReadOnlyList<string> Types { get; } = [CatalogWords.Local];

        public string? FaultOf(DeployOrder order, CatalogModel? model) => null;

        public Task<Standing> StepAsync(DeployedModel model, CancellationToken cancellationToken) => Task.FromResult(step(model));
    }
}
