using System.Net;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Deployer;
using Slipway.Server.Tests.Features.Deployer;

namespace Slipway.Server.Tests.Client;

/// <summary>Every call of the model deployer, against the real server.</summary>
public sealed class DeployerClientTests
{
    private static readonly DeployRequest Tiny = new()
    {
        ModelId = "slipway-tiny",
        InstanceType = "local",
        EngineType = "slipway",
        ServiceType = "local",
        ModelTag = "client",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_is_deployed_waited_for_listed_and_destroyed()
    {
        await using var server = await DeployerSite.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var seen = new Seen();

        var started = await client.DeployModelAsync(Tiny with { ExtraParams = JsonElement.Parse("""{"note": "测试"}""") }, Token);
        var status = await client.WaitForModelAsync("slipway-tiny", "client", seen, Token);
        var listed = await client.ListDeployedModelsAsync(Token);
        await client.DestroyModelAsync("slipway-tiny", "client", Token);
        await client.WaitUntilDestroyedAsync("slipway-tiny", "client", seen, Token);
        var gone = await Assert.ThrowsAsync<SlipwayException>(() => client.GetDeployedModelAsync("slipway-tiny", "client", Token));

        Assert.Equal((true, "client", "测试"),
            (started.Success, started.DeploymentConfig.ModelTag, started.DeploymentConfig.ExtraParams.GetProperty("note").GetString()));
        Assert.Equal((DeployedModelStatuses.InService, "slipway-tiny/client", 1), (status.Status, status.EndpointName, status.InstanceCount));
        Assert.Equal(("slipway-tiny", "client", status.EndpointUrl), (listed[0].ModelId, listed[0].ModelTag, listed[0].Outputs.EndpointUrl));
        Assert.Contains(DeployedModelStatuses.InService, seen.Statuses);
        // None is seen where it is gone before the first look.
        Assert.True(seen.Statuses[^1] is DeployedModelStatuses.Deleting or DeployedModelStatuses.InService, string.Join(", ", seen.Statuses));
        Assert.Equal(HttpStatusCode.NotFound, gone.Status);
    }

    [Fact]
    public async Task The_catalog_is_told_in_short_and_in_full()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Url);

        var all = await client.ListDeployableModelsAsync(Token);
        var brief = await client.GetDeployableModelAsync("Qwen3-8B", Token);
        var whole = await client.GetModelDetailsAsync("Qwen3-8B", Token);

        Assert.Equal(JsonSerializer.Serialize(all["Qwen3-8B"]), JsonSerializer.Serialize(brief));
        Assert.Equal(("Qwen3 8B", "8.2B", 32768), (whole.ModelName, whole.ModelSize, whole.ContextLength));
    }

    [Fact]
    public async Task A_refusal_is_thrown_with_what_would_be_accepted()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Url);

        var unknown = await Assert.ThrowsAsync<SlipwayException>(() => client.GetModelDetailsAsync("qwen3-8b", Token));
        var engine = await Assert.ThrowsAsync<SlipwayException>(() => client.DeployModelAsync(Tiny with { EngineType = "vllm" }, Token));
        var nothing = await Assert.ThrowsAsync<SlipwayException>(() => client.WaitForModelAsync("slipway-tiny", cancellationToken: Token));

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.NotFound), (unknown.Status, engine.Status, nothing.Status));
        Assert.Contains("Qwen3-8B", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("accepted: slipway", engine.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_cannot_be_is_waited_for_until_it_has_failed()
    {
        await using var server = await DeployerSite.StartAsync(DeployerSite.Broken);
        using var client = new SlipwayClient(server.Http);
        await client.DeployModelAsync(Tiny with { ModelId = DeployerSite.BrokenId }, Token);

        var status = await client.WaitForModelAsync(DeployerSite.BrokenId, "client", cancellationToken: Token);

        Assert.Equal(DeployedModelStatuses.Failed, status.Status);
        Assert.False(string.IsNullOrWhiteSpace(status.FailureReason));
    }

    /// <summary>A wait may take half an hour, and servers are restarted.</summary>
    [Fact]
    public async Task A_server_that_is_away_for_a_moment_does_not_end_the_waiting()
    {
        await using var server = await DeployerSite.StartAsync();
        using var away = new Away(server.Http.BaseAddress!);
        using var http = new HttpClient(away) { BaseAddress = server.Http.BaseAddress };
        using var client = new SlipwayClient(http);
        await client.DeployModelAsync(Tiny, Token);

        var status = await client.WaitForModelAsync("slipway-tiny", "client", new Seen(_ => away.Failures = 2), Token);

        Assert.Equal(DeployedModelStatuses.InService, status.Status);
        Assert.True(away.Failed >= 2, $"{away.Failed}");
    }

    private sealed class Seen(Action<DeployedModelStatus>? more = null) : IProgress<DeployedModelStatus>
    {
        public List<string> Statuses { get; } = [];

        public void Report(DeployedModelStatus value)
        {
            Statuses.Add(value.Status);
            more?.Invoke(value);
        }
    }

    /// <summary>Lets calls fail as they do while nobody listens.</summary>
    private sealed class Away(Uri server) : DelegatingHandler(new HttpClientHandler())
    {
        public int Failures { get; set; }

        public int Failed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Failures > 0)
            {
                Failures--;
                Failed++;
                throw new HttpRequestException($"Connection refused ({server})");
            }
            return base.SendAsync(request, cancellationToken);
        }
    }
}
