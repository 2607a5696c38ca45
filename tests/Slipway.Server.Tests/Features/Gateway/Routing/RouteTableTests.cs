using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Routing;

public sealed class RouteTableTests
{
    [Fact]
    public async Task A_change_applies_at_once_and_drops_no_stream()
    {
        var gate = new TaskCompletionSource();
        await using var old = new RawUpstream(async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.SendEventAsync(RawUpstream.Chunk("a"));
            await gate.Task;
            await exchange.SendEventAsync(RawUpstream.Chunk("b", "\"stop\""));
            await exchange.SendEventAsync("[DONE]");
            await exchange.EndStreamAsync();
        });
        await using var fresh = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(old);
        using var stream = await server.PostAsync(GatewayServer.StreamedChat, until: HttpCompletionOption.ResponseHeadersRead);

        Change(server, "Gateway:Routes:m:Upstreams:0:BaseUrl", fresh.BaseUrl);
        var (status, _) = await server.CallAsync(GatewayServer.Chat);
        gate.SetResult();
        var text = await stream.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal((200, 1), (status, fresh.Requests));
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_cannot_work_leaves_everything_as_it_is()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);

        Change(server, "Gateway:Routes:m:Upstreams:0:BaseUrl", "nowhere");

        Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);
        Assert.Contains(server.Log.Lines, line => line.EventId == 2002);
    }

    [Fact]
    public async Task An_upstream_that_stays_keeps_its_state_through_a_change()
    {
        await using var upstream = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await GatewayServer.StartAsync(upstream);
        var routes = server.Services.GetRequiredService<RouteTable>();
        var before = routes.Find("m")!.Replicas[0];

        Change(server, "Gateway:Routes:m:Aliases:0", "n");

        Assert.Same(before, routes.Find("n")!.Replicas[0]);
    }

    [Theory]
    [InlineData("--Gateway:Routes:m:Upstreams:0:BaseUrl=ftp://x", "BaseUrl is 'ftp://x'")]
    [InlineData("--Gateway:Routes:m:Upstreams:0:Proxy=proxy:abc", "Proxy is 'proxy:abc'")]
    [InlineData("--Gateway:Routes:m:Upstreams:0:Proxy=ftp://proxy", "Proxy is 'ftp://proxy'")]
    [InlineData("--Gateway:Routes:m:Upstreams:0:Kind=magic", "Kind 'magic' is unknown; accepted:")]
    [InlineData("--Gateway:Routes:m:Retries=3", "Upstreams has 0")]
    [InlineData("--Gateway:Routes:m:Fallbacks:0=absent", "names 'absent', which is no route")]
    [InlineData("--Gateway:Routes:m:Timeouts:Connect=2.00:00:00", "Timeouts")]
    [InlineData("--Gateway:Routes:m:Retries=many", "'many' at 'Gateway:Routes:m:Retries'")]
    [InlineData("--Gateway:Routes:m:Upstreams:0:Weight=heavy", "'heavy' at 'Gateway:Routes:m:Upstreams:0:Weight'")]
    [InlineData("--Gateway:Routes:m:Upstreams:0:Url=http://x", "Gateway:Routes:m:Upstreams:0:Url is not known; accepted in its place: Kind, Name, BaseUrl")]
    [InlineData("--Gateway:Routes:m:Timeouts:First=00:00:01", "Gateway:Routes:m:Timeouts:First is not known; accepted in its place: Connect")]
    [InlineData("--Gateway:Route:m:Retries=1", "Gateway:Route is not known")]
    [InlineData("--Aws:ConnectTimeout=9.00:00:00", "ConnectTimeout")]
    public async Task A_route_that_cannot_work_stops_the_start_and_is_named(string argument, string words)
    {
        using var errors = new StringWriter();

        var code = await SlipwayServer.RunAsync(
            new ServerOptions { Ports = [0], LogLevel = ServerLogLevel.Error },
            argument.Contains("Proxy", StringComparison.Ordinal) ? [argument, "--Gateway:Routes:m:Upstreams:0:BaseUrl=https://x/v1"] : [argument],
            errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Contains(words, errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qwen3-8b", "Qwen/Qwen3-8B")]
    [InlineData("gpt-4p", "gpt-4o")]
    [InlineData("GPT-4O", "gpt-4o")]
    public void A_name_that_is_nearly_right_is_suggested(string model, string meant) =>
        Assert.Equal([meant], NearMiss.Among(model, ["Qwen/Qwen3-8B", "gpt-4o", "llama-3.1-70b"]));

    [Fact]
    public void A_name_that_is_like_none_gets_no_suggestion() =>
        Assert.Empty(NearMiss.Among(new string('x', 5000), ["gpt-4o", new string('y', 5000)]));

    private static void Change(RunningServer server, string key, string value)
    {
        var configuration = (ConfigurationManager)server.Services.GetRequiredService<IConfiguration>();
        configuration.AddInMemoryCollection([new(key, value)]);
    }
}
