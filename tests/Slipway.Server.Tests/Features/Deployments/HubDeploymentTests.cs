using System.Net;
using System.Net.Http.Json;
using Slipway.Client;
using Slipway.Client.Deployments;
using Slipway.Models;
using Slipway.Server.Tests.Models;
using Slipway.Server.Tests.Platform.Hub;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Nothing played: this very program serves folders and what was pulled from a hub.</summary>
public sealed class HubDeploymentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_folder_with_safetensors_is_deployed_without_a_GPU()
    {
        await using var site = await HubSite.StartAsync();
        using var folder = new CheckpointFolder();
        File.Copy(BundledModel.Path, Path.Combine(folder.Path, "another.gguf"));
        await using var server = await StartAsync(site);

        var info = await DeployAsync(server, new CreateDeploymentRequest { ModelPath = folder.Path, ServedModelName = "random" });
        using var answer = await AskAsync(server, "random");
        await DeploymentServer.EndAllAsync(server.Http);

        Assert.Equal("slipway", info.Engine);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        Assert.DoesNotContain("Advanced Encryption Standard", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_pulled_is_deployed_by_its_name_and_no_hub_is_asked()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);
        using var library = site.Library();
        await HubSite.PullAsync(library);
        var asked = site.Hub.Requests.Count;
        await using var server = await StartAsync(site);

        var info = await DeployAsync(server, new CreateDeploymentRequest { ModelPath = HubStandIn.Repository });
        using var answer = await AskAsync(server, "tiny-GGUF");
        await DeploymentServer.EndAllAsync(server.Http);

        Assert.Equal(("slipway", HubStandIn.Repository, "tiny-GGUF"), (info.Engine, info.ModelPath, info.ServedModelName));
        Assert.Contains("Advanced Encryption Standard", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(asked, site.Hub.Requests.Count);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("slipway")]
    [InlineData("llama-server")]
    public async Task What_was_not_pulled_is_refused_with_the_remedy(string engine)
    {
        await using var site = await HubSite.StartAsync();
        await using var played = await DeploymentServer.StartAsync(settings: $"--SLIPWAY_DATA={site.Data.Path}");

        using var answer = await played.Http.PostAsJsonAsync("/deployments", new { model_path = HubStandIn.Repository, engine }, Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"slipway pull {HubStandIn.Repository}", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static Task<RunningServer> StartAsync(HubSite site) => RunningServer.StartAsync(
        new ServerOptions { Model = ServerOptions.NoModel },
        [
            .. DeploymentServer.Settings(), $"--SLIPWAY_DATA={site.Data.Path}", "--Deployments:Engines:slipway:0=dotnet",
            $"--Deployments:Engines:slipway:1={Path.Combine(AppContext.BaseDirectory, "slipway.dll")}",
        ]);

    private static async Task<DeploymentInfo> DeployAsync(RunningServer server, CreateDeploymentRequest request)
    {
        using var client = new SlipwayClient(server.Http);
        var made = await client.CreateDeploymentAsync(request, Token);
        return await DeploymentServer.UntilAsync(server.Http, made.DeploymentId, info => info.Status == DeploymentStatuses.Running);
    }

    private static Task<HttpResponseMessage> AskAsync(RunningServer server, string model) => server.Http.PostAsJsonAsync(
        "/v1/chat/completions", new { model, temperature = 0, max_tokens = 64, messages = new[] { new { role = "user", content = "What is AES?" } } }, Token);
}
