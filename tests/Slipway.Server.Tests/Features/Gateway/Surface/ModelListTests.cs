using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

public sealed class ModelListTests
{
    [Fact]
    public async Task A_key_learns_of_its_own_models_only()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(
            upstream, "--Gateway:Routes:m:Aliases:0=team-a-model", "--Gateway:Routes:m:Aliases:1=team-b-model");
        var issued = await server.Services.GetRequiredService<KeyIssuer>().CreateAsync(
            new KeyTerms { Name = "a", Models = ["team-a-model"] }, TestContext.Current.CancellationToken);
        await server.Services.GetRequiredService<KeyRing>().RefreshAsync(TestContext.Current.CancellationToken);
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issued.Secret);

        var (_, list) = await GetAsync(server, "/v1/models");
        var (own, _) = await GetAsync(server, "/v1/models/team-a-model");
        var (other, refusal) = await GetAsync(server, "/v1/models/team-b-model");
        var (called, answer) = await server.CallAsync("""{"model":"team-b-mode","messages":[]}""");

        Assert.Equal(["team-a-model"], JsonDocument.Parse(list).RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound, 403), (own, other, called));
        Assert.DoesNotContain("team-b-model'", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean 'team-b-model'", refusal, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(RunningServer server, string path)
    {
        using var response = await server.Http.GetAsync(path, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
