using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Aws;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

public sealed class MissingCredentialsTests
{
    private static readonly string[] Route =
        ["--Gateway:Routes:m:Upstreams:0:Kind=sagemaker", "--Gateway:Routes:m:Upstreams:0:Name=e", "--Gateway:Routes:m:Upstreams:0:Region=us-east-1"];

    [Fact]
    public async Task Without_credentials_a_call_is_tried_once_and_the_log_says_so_once()
    {
        await using var server = await RunningServer.StartAsync(args: Route, services: WithoutCredentials);

        var (status, text) = await server.CallAsync(GatewayServer.Chat);

        Assert.Equal(502, status);
        Assert.Contains("not allowed to call", GatewayServer.Error(text).Message, StringComparison.Ordinal);
        Assert.Single(server.Log.Lines, line => line.EventId == 2210);
    }

    [Fact]
    public async Task Without_credentials_another_upstream_of_the_route_answers()
    {
        await using var good = RawUpstream.Json(RawUpstream.Whole);
        await using var server = await RunningServer.StartAsync(
            args: [.. Route, $"--Gateway:Routes:m:Upstreams:1:BaseUrl={good.BaseUrl}"], services: WithoutCredentials);

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200, (await server.CallAsync(GatewayServer.Chat)).Status);
        }

        Assert.Equal(2, good.Requests);
    }

    private static void WithoutCredentials(IServiceCollection services) => services.AddSingleton<AwsCredentialSource>(new Nobody());

    private sealed class Nobody : AwsCredentialSource
    {
        public override Task<AwsKey> FetchAsync() => throw new InvalidOperationException("Nobody has a key.");
    }
}
