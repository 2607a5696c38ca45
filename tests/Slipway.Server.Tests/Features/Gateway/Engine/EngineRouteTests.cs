using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Engine;

public sealed class EngineRouteTests
{
    [Fact]
    public async Task A_route_that_names_no_model_leads_to_whichever_is_loaded()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Gateway:Routes:ours:Upstreams:0:Kind=engine");

        var (status, text) = await server.CallAsync("""{"model":"ours","max_tokens":2,"messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(200, status);
        Assert.Equal("ours", JsonDocument.Parse(text).RootElement.GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_route_that_names_a_model_does_not_lead_to_another()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(
            model, "--Gateway:Routes:ours:Upstreams:0:Kind=engine", "--Gateway:Routes:ours:Upstreams:0:Model=absent");

        var (status, text) = await server.CallAsync("""{"model":"ours","messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal((404, "model_not_found"), (status, GatewayServer.Error(text).Code));
    }
}
