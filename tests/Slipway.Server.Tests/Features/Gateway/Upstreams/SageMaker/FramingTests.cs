using System.Text;
using System.Text.Json;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Upstreams.SageMaker;
using Slipway.Server.Tests.Aws;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

/// <summary>Whatever a container streams, and however it is cut, comes out as OpenAI's chunks.</summary>
public sealed class FramingTests
{
    public static TheoryData<string> Streams => [.. ContainerStreams.All.Keys];

    [Theory, MemberData(nameof(Streams))]
    public async Task Every_framing_comes_out_as_proper_chunks(string name)
    {
        for (var seed = 0; seed < 8; seed++)
        {
            await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All[name], seed));

            var stream = await bench.StreamAsync();

            stream.IsProper();
            Assert.Equal(ContainerStreams.Said, stream.Content);
            Assert.Equal(["stop"], stream.FinishReasons);
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void Every_single_place_may_be_cut(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(ContainerStreams.All[name]);
        var whole = Read(bytes, bytes.Length);

        for (var cut = 1; cut < bytes.Length; cut++)
        {
            Assert.Equal(whole, Read(bytes, cut));
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void Bytes_may_come_one_by_one(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(ContainerStreams.All[name]);
        using var events = new ContainerEvents();
        var read = new List<string>();

        foreach (var value in bytes)
        {
            events.Add([value]);
            Drain(events, read);
        }
        events.Complete();
        Drain(events, read);

        Assert.Equal(Read(bytes, bytes.Length), read);
    }

    [Theory]
    [InlineData("vLLM", 12, 7)]
    [InlineData("SGLang with usage in every chunk", 12, 7)]
    [InlineData("LMI", 12, 7)]
    [InlineData("TGI", 12, 7)]
    [InlineData("one whole chat completion", 12, 7)]
    public async Task Usage_is_the_container_s_own(string name, int prompt, int completion)
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All[name]));

        var stream = await bench.StreamAsync();

        Assert.Equal((prompt, completion), (stream.Usage.Prompt, stream.Usage.Completion));
        Assert.Equal(completion, stream.Last.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("SSE without a space, a role or usage")]
    [InlineData("content lines")]
    public async Task Usage_is_estimated_where_the_container_says_none(string name)
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All[name]));

        var stream = await bench.StreamAsync();

        Assert.Equal(6, stream.Usage.Completion);
        Assert.InRange(stream.Usage.Prompt, 10, 40);
    }

    [Fact]
    public async Task Text_completions_stream_as_text()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(
            """
            data: {"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"index":0,"text":"On","logprobs":null,"finish_reason":null}]}

            data: {"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[{"index":0,"text":"ce","logprobs":null,"finish_reason":"length"}]}

            data: [DONE]


            """));

        var stream = await bench.StreamAsync(GatewayOperation.Completion);

        stream.IsProper("text_completion");
        Assert.Equal("Once", stream.Text);
        Assert.Equal(["length"], stream.FinishReasons);
    }

    [Fact]
    public async Task Tokens_of_LMI_become_text_for_a_text_completion()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All["LMI"]));

        var stream = await bench.StreamAsync(GatewayOperation.Completion);

        stream.IsProper("text_completion");
        Assert.Equal(ContainerStreams.Said, stream.Text);
    }

    [Fact]
    public async Task Two_choices_keep_apart_and_each_ends_once()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(
            """
            {"id":"a","choices":[{"index":1,"delta":{"content":"x"}}]}
            {"id":"b","choices":[{"index":0,"delta":{"content":"y"}},{"index":1,"delta":{"content":"z"},"finish_reason":"stop"}]}
            {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"length"},{"index":1,"delta":{},"finish_reason":"stop"}]}
            """));

        var stream = await bench.StreamAsync();

        stream.IsProper();
        Assert.Equal(["stop", "length"], stream.FinishReasons);
        Assert.Equal("a", stream.Last.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Empty_choices_pass_and_unknown_fields_are_kept()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(
            """
            data: {"id":"a","choices":[],"prompt_filter_results":[{"x":1.50}]}

            data: {"id":"a","choices":[{"index":0,"delta":{"content":"é","odd":{"n":12345678901234567890}},"stop_reason":151645}],"system_fingerprint":"fp"}

            data: {"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: [DONE]


            """));

        var stream = await bench.StreamAsync();

        stream.IsProper();
        Assert.Equal("1.50", stream.Chunks[0].GetProperty("prompt_filter_results")[0].GetProperty("x").GetRawText());
        var choice = stream.Chunks[1].GetProperty("choices")[0];
        Assert.Equal("12345678901234567890", choice.GetProperty("delta").GetProperty("odd").GetProperty("n").GetRawText());
        Assert.Equal(151645, choice.GetProperty("stop_reason").GetInt32());
        Assert.Equal("fp", stream.Chunks[1].GetProperty("system_fingerprint").GetString());
    }

    [Fact]
    public async Task Half_a_character_that_was_never_finished_is_replaced_not_fatal()
    {
        byte[] broken = [.. "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a"u8, 0xE4, 0xBD, .. "b\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"u8];
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Sends(EventStreamText.Part(broken)));

        Assert.Equal("a\uFFFDb", (await bench.StreamAsync()).Content);
    }

    [Fact]
    public async Task What_follows_the_end_is_not_sent()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(
            ContainerStreams.All["vLLM"] + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"more\"}}]}\n\ndata: [DONE]\n\n"));

        var stream = await bench.StreamAsync();

        stream.IsProper();
        Assert.Equal(ContainerStreams.Said, stream.Content);
    }

    [Fact]
    public void An_event_without_end_is_refused_at_its_limit()
    {
        using var events = new ContainerEvents(longest: 1000);
        events.Add(Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', 900)));
        Assert.False(events.TryRead(out _));

        Assert.Throws<FormatException>(() => events.Add(new byte[200]));
    }

    [Fact]
    public void Data_lines_without_end_are_refused_at_their_limit()
    {
        using var events = new ContainerEvents(longest: 1000);
        var line = Encoding.UTF8.GetBytes("data: {" + new string('x', 300) + "\n");

        Assert.Throws<FormatException>(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                events.Add(line);
                events.TryRead(out _);
            }
        });
    }

    private static List<string> Read(byte[] bytes, int cut)
    {
        using var events = new ContainerEvents();
        var read = new List<string>();
        events.Add(bytes.AsSpan(0, cut));
        Drain(events, read);
        events.Add(bytes.AsSpan(cut));
        Drain(events, read);
        events.Complete();
        Drain(events, read);
        Assert.True(events.IsDone || !events.HasRest);
        Assert.All(read, json => JsonDocument.Parse(json).Dispose());
        return read;
    }

    private static void Drain(ContainerEvents events, List<string> read)
    {
        while (events.TryRead(out var json))
        {
            read.Add(Encoding.UTF8.GetString(json.Span));
        }
    }
}
