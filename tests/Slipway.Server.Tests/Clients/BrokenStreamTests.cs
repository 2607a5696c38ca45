using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Clients;

/// <summary>An upstream that breaks off in the middle of its stream: clients can tell that what came is not the whole answer.</summary>
[Collection(nameof(ClientCollection))]
public sealed class BrokenStreamTests
{
    [Fact]
    public async Task Every_client_under_Node_throws()
    {
        NodeProgram.CheckInstalled();
        await using var upstream = BreaksOff();
        await using var server = await GatewayServer.StartAsync(upstream);

        var results = await NodeProgram.RunAsync("broken.mjs", [server.Url, "m", "none"], () => Task.CompletedTask);

        Assert.All(results, result =>
        {
            Assert.Equal("Hello", (string?)result.Value!["text"]);
            Assert.Equal("upstream_error", (string?)result.Value["code"]);
        });
    }

    [Fact]
    public async Task The_library_for_NET_reads_over_the_error_but_is_given_no_reason_for_the_end()
    {
        await using var upstream = BreaksOff();
        await using var server = await GatewayServer.StartAsync(upstream);
        var client = new ChatClient("m", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Url + "/v1") });

        var updates = await client.CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal("Hello", string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)));
        Assert.DoesNotContain(updates, update => update.FinishReason is not null);
    }

    private static RawUpstream BreaksOff() => new(async exchange =>
    {
        await exchange.BeginStreamAsync();
        await exchange.SendEventAsync(RawUpstream.Chunk("Hel"));
        await exchange.SendEventAsync(RawUpstream.Chunk("lo"));
        exchange.Close();
    });
}
