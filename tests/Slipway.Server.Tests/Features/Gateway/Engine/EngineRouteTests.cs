using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Serving;
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

    [Fact]
    public async Task However_a_client_writes_the_loaded_models_name_it_is_counted_and_priced_as_one()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        var name = server.Services.GetRequiredService<ModelHost>().Current!.Name;
        string[] spellings = [name.ToUpperInvariant(), model.Path, Path.GetFileNameWithoutExtension(model.Path).ToUpperInvariant()];

        foreach (var spelling in spellings)
        {
            var body = JsonSerializer.Serialize(new { model = spelling, max_tokens = 2, messages = new[] { new { role = "user", content = "hi" } } });
            Assert.Equal(200, (await server.CallAsync(body)).Status);
        }

        var usage = await server.Http.GetStringAsync("/usage", TestContext.Current.CancellationToken);
        var row = Assert.Single(JsonDocument.Parse(usage).RootElement.GetProperty("usage").EnumerateArray());
        Assert.Equal((name, 3), (row.GetProperty("model").GetString(), row.GetProperty("requests").GetInt32()));
        var metrics = await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Contains($"gen_ai_request_model=\"{name}\",status=\"200\"}} 3\n", metrics, StringComparison.Ordinal);
    }
}
