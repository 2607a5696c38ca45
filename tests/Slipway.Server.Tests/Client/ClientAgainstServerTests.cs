using System.Net;
using Slipway.Client;
using Slipway.Client.Chat;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Client;

public sealed class ClientAgainstServerTests
{
    [Fact]
    public async Task Every_call_of_the_chat_service_works()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        using var client = new SlipwayClient(server.Url);
        var request = new ChatRequest { Message = "你好", MaxTokens = 20, Temperature = 0 };

        var answer = await client.ChatAsync(request, cancel);
        var events = await client.ChatStreamAsync(request, cancel).ToListAsync(cancel);
        var info = await client.GetModelInfoAsync(cancel);
        var health = await client.GetHealthAsync(cancel);
        var chatHealth = await client.GetChatHealthAsync(cancel);
        var unloaded = await client.UnloadModelAsync(cancel);
        var loaded = await client.LoadModelAsync(cancellationToken: cancel);
        var switched = await client.LoadModelAsync(new LoadModelRequest { Model = model.Path }, cancel);

        Assert.True(answer.Success);
        Assert.Equal(answer.Response, string.Concat(events.Select(item => item.Content)));
        Assert.Equal((ChatEventTypes.Start, ChatEventTypes.End), (events[0].Type, events[^1].Type));
        Assert.Equal(answer.Model, info.ModelName);
        Assert.Equal(TimeSpan.Zero, info.LoadedAt?.Offset);
        Assert.Equal("healthy", health.Status);
        Assert.Equal("healthy", chatHealth.Status);
        Assert.Equal(["unloaded", "loaded", "loaded"], new[] { unloaded, loaded, switched }.Select(status => status.Status));
    }

    [Fact]
    public async Task Leaving_the_loop_stops_the_server()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        using var client = new SlipwayClient(server.Url);

        await foreach (var item in client.ChatStreamAsync(
            new ChatRequest { Message = "m", Temperature = 0 }, TestContext.Current.CancellationToken))
        {
            if (item.Type == ChatEventTypes.Chunk)
            {
                break;
            }
        }

        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.Running == 0));
    }

    [Fact]
    public async Task A_refusal_is_thrown_with_its_faults()
    {
        await using var server = await ChatCalls.ServeAsync(null);
        using var client = new SlipwayClient(server.Url);

        var exception = await Assert.ThrowsAsync<SlipwayException>(() =>
            client.ChatAsync(new ChatRequest { Message = "", TopP = 3 }, TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, exception.Status);
        Assert.Equal(2, exception.Faults.Count);
        Assert.NotNull(exception.RequestId);
    }
}
