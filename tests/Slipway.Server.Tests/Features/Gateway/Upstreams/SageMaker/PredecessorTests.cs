using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Features.Gateway.Upstreams.SageMaker;
using Slipway.Server.Tests.Aws;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

/// <summary>What the documented gateway got wrong between itself and SageMaker, one test each.</summary>
public sealed class PredecessorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Weakness_1_chunks_are_OpenAI_s_with_id_object_created_model_role_and_finish_reason()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All["vLLM"]));

        var stream = await bench.StreamAsync();

        stream.IsProper();
        Assert.Equal("chatcmpl-9", stream.Chunks[0].GetProperty("id").GetString());
        Assert.Equal(1700000000, stream.Chunks[0].GetProperty("created").GetInt64());
    }

    [Fact]
    public async Task Weakness_2_a_stream_ends_exactly_once_whether_or_not_the_container_says_DONE()
    {
        foreach (var name in new[] { "vLLM", "SSE without [DONE]", "JSON lines with [DONE]", "emd's JSON lines" })
        {
            await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All[name]));

            var stream = await bench.StreamAsync();

            Assert.Null(stream.Failure);
            Assert.Single(stream.FinishReasons);
        }
    }

    [Fact]
    public async Task Weakness_3_tool_calls_reasoning_logprobs_refusal_and_usage_are_kept_in_a_stream()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(
            """
            data: {"id":"a","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"想一"},"logprobs":{"content":[{"token":"想","logprob":-0.5}]}}]}

            data: {"id":"a","choices":[{"index":0,"delta":{"reasoning_content":"想"}}]}

            data: {"id":"a","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"x\""}}]}}]}

            data: {"id":"a","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}],"refusal":"no"}}]}

            data: {"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: {"id":"a","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}

            data: [DONE]


            """));

        var stream = await bench.StreamAsync();

        stream.IsProper();
        Assert.Equal("想一想", stream.Reasoning);
        Assert.Equal(-0.5, stream.Chunks[0].GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content")[0].GetProperty("logprob").GetDouble());
        Assert.Equal("""{"x":1}""", string.Concat(stream.Choices
            .Select(choice => choice.GetProperty("delta"))
            .Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString())));
        Assert.Contains(stream.Choices, choice => choice.GetProperty("delta").TryGetProperty("refusal", out var refusal) && refusal.GetString() == "no");
        Assert.Equal(["tool_calls"], stream.FinishReasons);
        Assert.Equal(new TokenUsage(9, 5, 4, 2), stream.Usage);
    }

    [Fact]
    public async Task Weakness_3_tool_calls_of_a_whole_answer_to_a_request_for_a_stream_get_their_places()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(
            """
            {"id":"a","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[
              {"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}},
              {"id":"call_2","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}
            """));

        var stream = await bench.StreamAsync();

        stream.IsProper();
        var calls = stream.Choices.First().GetProperty("delta").GetProperty("tool_calls");
        Assert.Equal([0, 1], calls.EnumerateArray().Select(call => call.GetProperty("index").GetInt32()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Weaknesses_4_and_5_every_field_and_role_goes_out_byte_for_byte(bool stream)
    {
        const string Rest = """
            "messages":[{"role":"developer","content":"é\u00e9"},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"你"}]}],
            "top_p":0.90,"stop":["\n"],"n":2,"seed":12345678901234567890,"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto",
            "response_format":{"type":"json_object"},"max_completion_tokens":5,"frequency_penalty":1e-1,"chat_template_kwargs":{"enable_thinking":false}
            """;
        await using var bench = await SageMakerBench.StartAsync(stream
            ? StandInContainers.Streams(ContainerStreams.All["vLLM"])
            : StandInContainers.Answers("""{"choices":[]}"""));
        var call = SageMakerBench.Call(
            stream,
            $$"""{"stream":{{(stream ? "true" : "false")}},"model":"support-bot",{{Rest}},"stream_options":{"include_usage":false,"odd":[1]} }""");

        await using var answer = await bench.Upstream().SendAsync(call, "qwen3-8b", Cancellation);

        var sent = System.Text.Encoding.UTF8.GetString(Assert.Single(bench.StandIn.Calls).Body);
        var options = stream ? ""","stream":true,"stream_options":{"odd":[1],"include_usage":true}""" : "";
        var expected = string.Join(",", Rest.Split(",\n").Select(line => line.Trim()));
        Assert.Equal($"{{{expected},\"model\":\"qwen3-8b\"{options}}}", sent.Replace(",\n", ",", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Weakness_6_one_gateway_serves_many_endpoints_but_only_those_allowed()
    {
        await using var bench = await SageMakerBench.StartAsync();
        bench.StandIn.Endpoints["first"] = StandInContainers.Answers("""{"choices":[],"id":"from first"}""");
        bench.StandIn.Endpoints["second"] = StandInContainers.Answers("""{"choices":[],"id":"from second"}""");
        bench.StandIn.Endpoints["secret"] = StandInContainers.Answers("""{"choices":[]}""");
        var upstream = bench.Upstream(new SageMakerUpstreamOptions { AllowedEndpoints = ["first", "second"] });

        await using var first = (WholeAnswer)await upstream.SendAsync(SageMakerBench.Call(stream: false), "first", Cancellation);
        await using var second = (WholeAnswer)await upstream.SendAsync(SageMakerBench.Call(stream: false), "second", Cancellation);
        var error = await Assert.ThrowsAsync<UpstreamException>(() => upstream.SendAsync(SageMakerBench.Call(stream: false), "secret", Cancellation));

        Assert.Contains("from first", System.Text.Encoding.UTF8.GetString(first.Json.Span), StringComparison.Ordinal);
        Assert.Contains("from second", System.Text.Encoding.UTF8.GetString(second.Json.Span), StringComparison.Ordinal);
        Assert.Equal(404, error.Error.Status);
        Assert.Equal("model_not_found", error.Error.Code);
        Assert.Equal(2, bench.StandIn.Calls.Count);
    }

    [Fact]
    public async Task Weakness_7_a_character_cut_between_two_parts_is_whole_again()
    {
        const string Text = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"🙂你é\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        var parts = System.Text.Encoding.UTF8.GetBytes(Text).Select(value => EventStreamText.Part([value])).ToArray();
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Sends(parts));

        Assert.Equal("🙂你é", (await bench.StreamAsync()).Content);
    }

    [Theory]
    [InlineData("emd's JSON lines")]
    [InlineData("LMI")]
    public async Task Weakness_8_containers_that_write_JSON_lines_are_understood(string name)
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All[name]));

        Assert.Equal(ContainerStreams.Said, (await bench.StreamAsync()).Content);
    }

    [Fact]
    public async Task Weakness_9_a_missing_endpoint_is_an_error_before_the_stream_not_a_broken_page()
    {
        await using var bench = await SageMakerBench.StartAsync();

        var error = await Assert.ThrowsAsync<UpstreamException>(() => bench.StreamAsync());

        Assert.Equal(404, error.Error.Status);
        Assert.Equal("model_not_found", error.Error.Code);
    }

    [Fact]
    public async Task Weakness_9_an_exception_in_mid_stream_is_an_error_not_a_silent_end()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Sends(
            EventStreamText.Part("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"),
            EventStreamText.Exception("ModelStreamError", """{"Message":"Model container failed","ErrorCode":"StreamBroken"}""")));

        var stream = await bench.StreamAsync();

        Assert.Equal("a", stream.Content);
        Assert.Equal("upstream_error", stream.Failure!.Error.Type);
    }

    [Fact]
    public async Task Weakness_10_errors_are_structured_and_name_no_account()
    {
        await using var bench = await SageMakerBench.StartAsync();

        var error = await Assert.ThrowsAsync<UpstreamException>(() => bench.AnswerAsync());

        Assert.Equal("The model 'support-bot' is not there (any more).", error.Error.Message);
        Assert.Equal("model", error.Error.Param);
    }

    [Fact]
    public async Task Weakness_16_text_completions_and_embeddings_are_served_too()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Answers(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10,-2e-3]}],"model":"/opt/ml/model","usage":{"prompt_tokens":3,"total_tokens":3}}"""));

        var (json, usage) = await bench.AnswerAsync(GatewayOperation.Embedding);

        Assert.Equal("support-bot", json.GetProperty("model").GetString());
        Assert.Equal("0.10", json.GetProperty("data")[0].GetProperty("embedding")[0].GetRawText());
        Assert.Equal(new TokenUsage(3, 0), usage);
    }

    [Fact]
    public async Task Weakness_16_a_slow_reader_holds_the_container_back_instead_of_filling_the_memory()
    {
        var line = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + new string('x', 60_000) + "\"}}]}\n";
        var written = 0L;
        await using var bench = await SageMakerBench.StartAsync(async call =>
        {
            var frame = EventStreamText.Part(line);
            call.Http.Response.ContentType = "application/vnd.amazon.eventstream";
            for (var i = 0; i < 2000; i++)
            {
                await call.Http.Response.Body.WriteAsync(frame, call.Aborted);
                Interlocked.Add(ref written, frame.Length);
            }
        });
        await using var answer = (StreamedAnswer)await bench.Upstream().SendAsync(SageMakerBench.Call(stream: true), "qwen3-8b", Cancellation);

        await using var chunks = answer.ReadAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        long before;
        do
        {
            // Two looks a turn apart: what was written no longer grows once every buffer on the way is full.
            before = Interlocked.Read(ref written);
            await StillAsync(() => Interlocked.Read(ref written));
        }
        while (before != Interlocked.Read(ref written));

        Assert.True(before < 2000L * line.Length, $"All {before} bytes were taken though nobody read.");
        Assert.True(await chunks.MoveNextAsync());
    }

    [Fact]
    public async Task Weakness_17_a_client_that_leaves_ends_the_call_to_SageMaker()
    {
        var gone = new TaskCompletionSource();
        await using var bench = await SageMakerBench.StartAsync();
        bench.StandIn.Endpoints[SageMakerBench.Endpoint] = StandInContainers.SendsAndHangs(
            bench.StandIn, gone, EventStreamText.Part("{\"content\":\"a\"}\n"));
        var answer = (StreamedAnswer)await bench.Upstream().SendAsync(SageMakerBench.Call(stream: true), "qwen3-8b", Cancellation);

        await answer.DisposeAsync();

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    /// <summary>Waits until a number stays the same for a while.</summary>
    private static async Task StillAsync(Func<long> number)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        long before;
        do
        {
            before = number();
            await timer.WaitForNextTickAsync(Cancellation);
        }
        while (number() != before);
    }
}
