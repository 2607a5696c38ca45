using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Upstreams.SageMaker;
using Slipway.Server.Tests.Aws;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

public sealed class SageMakerUpstreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "invocations-response-stream", "X-Amzn-SageMaker-Accept")]
    [InlineData(false, "invocations", "Accept")]
    public async Task A_call_goes_to_its_path_with_its_headers(bool stream, string action, string accept)
    {
        await using var bench = await SageMakerBench.StartAsync(stream
            ? StandInContainers.Streams(ContainerStreams.All["vLLM"])
            : StandInContainers.Answers("""{"choices":[]}"""));
        var upstream = bench.Upstream(new SageMakerUpstreamOptions
        {
            EndpointName = SageMakerBench.Endpoint,
            TargetVariant = "AllTraffic",
            InferenceComponent = "component-1",
        });

        await using var answer = await upstream.SendAsync(SageMakerBench.Call(stream), "qwen3-8b", Cancellation);

        var call = Assert.Single(bench.StandIn.Calls);
        Assert.Equal($"/endpoints/{SageMakerBench.Endpoint}/{action}", call.Path);
        Assert.Equal("application/json", call.Header(accept));
        Assert.Equal("application/json", call.Header("Content-Type"));
        Assert.Equal("AllTraffic", call.Header("X-Amzn-SageMaker-Target-Variant"));
        Assert.Equal("component-1", call.Header("X-Amzn-SageMaker-Inference-Component"));
        Assert.Equal("req-0001", call.Header("X-Amzn-SageMaker-Inference-Id"));
    }

    [Fact]
    public async Task An_endpoint_in_China_is_signed_for_its_region()
    {
        await using var bench = new SageMakerBench(await AwsBench.StartAsync(
            region: "cn-northwest-1", settings: new() { ["AWS_REGION"] = "us-east-1" }));
        bench.StandIn.Endpoints[SageMakerBench.Endpoint] = StandInContainers.Answers("""{"choices":[]}""");

        var (json, _) = await bench.AnswerAsync(options: new SageMakerUpstreamOptions
        {
            EndpointName = SageMakerBench.Endpoint,
            Region = "cn-northwest-1",
        });

        Assert.Equal("support-bot", json.GetProperty("model").GetString());
        Assert.Empty(bench.StandIn.Refusals);
    }

    [Fact]
    public async Task The_model_may_be_left_out_and_usage_not_asked_for()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All["TGI"]));

        await bench.StreamAsync(options: new SageMakerUpstreamOptions
        {
            EndpointName = SageMakerBench.Endpoint,
            Model = ModelField.Remove,
            AskForUsage = false,
        });

        Assert.Equal(["messages", "stream"], Assert.Single(bench.StandIn.Calls).Json.EnumerateObject().Select(member => member.Name));
    }

    [Theory]
    [InlineData("""{"m\u006fdel":"a","model":"support-bot","model":"c","stream":true,"x":1}""")]
    [InlineData("""{ "x" : 1 , "model" : "support-bot" , "stream" : true , "stream_options" : null }""")]
    [InlineData("""{"stream_options":{"include_usage":true,"include_usage":false},"x":1,"model":"support-bot","stream":true}""")]
    public void Members_said_twice_or_in_escapes_are_replaced_all_the_same(string body)
    {
        using var sent = JsonDocument.Parse(SageMakerRequest.Write(SageMakerBench.Call(stream: true, body), "quote\"d", askForUsage: true));

        Assert.Equal(["x", "model", "stream", "stream_options"], sent.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("quote\"d", sent.RootElement.GetProperty("model").GetString());
        Assert.Equal("""{"include_usage":true}""", sent.RootElement.GetProperty("stream_options").GetRawText());
    }

    [Fact]
    public async Task A_whole_answer_keeps_everything_but_the_model_s_name()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Answers(
            """
            {"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"/opt/ml/model","choices":[{"index":0,"message":{"role":"assistant",
            "content":"你好","reasoning_content":"hm","tool_calls":[]},"logprobs":null,"finish_reason":"stop","stop_reason":null}],
            "usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6,"prompt_tokens_details":null},"prompt_logprobs":null}
            """));

        var (json, usage) = await bench.AnswerAsync();

        Assert.Equal("support-bot", json.GetProperty("model").GetString());
        Assert.Equal("chatcmpl-1", json.GetProperty("id").GetString());
        Assert.Equal("hm", json.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning_content").GetString());
        Assert.True(json.TryGetProperty("prompt_logprobs", out _));
        Assert.Equal(new TokenUsage(4, 2), usage);
        Assert.Single(json.EnumerateObject(), member => member.Name == "model");
    }

    [Fact]
    public async Task A_whole_answer_gets_what_OpenAI_s_clients_insist_on()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Answers(
            """{"choices":[{"message":{"content":"x"},"finish_reason":"eos_token"},{"message":{"role":"assistant"}}],"usage":null}"""));

        var (json, usage) = await bench.AnswerAsync();

        Assert.Equal([0, 1], json.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.All(json.GetProperty("choices").EnumerateArray(), choice =>
        {
            Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
            Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
            Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
            Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("refusal").ValueKind);
            Assert.True(choice.GetProperty("message").TryGetProperty("content", out _));
        });
        Assert.Equal(usage.Total, json.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData("""{"generated_text":"你好 there","details":{"finish_reason":"length","generated_tokens":3,"input_length":8}}""", "length", 3)]
    [InlineData("""[{"generated_text":"你好 there"}]""", "stop", 3)]
    [InlineData("""{"content":"你好 there"}""", "stop", 3)]
    public async Task A_plain_text_becomes_a_chat_completion(string answer, string reason, int tokens)
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Answers(answer));

        var (json, usage) = await bench.AnswerAsync();

        Assert.Equal("chat.completion", json.GetProperty("object").GetString());
        Assert.Equal("chatcmpl-req-0001", json.GetProperty("id").GetString());
        var choice = json.GetProperty("choices")[0];
        Assert.Equal("你好 there", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(reason, choice.GetProperty("finish_reason").GetString());
        Assert.Equal(tokens, usage.Completion);
        Assert.Equal(usage.Total, json.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task A_plain_text_becomes_a_text_completion_where_one_was_asked_for()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Answers("""{"generated_text":"x"}"""));

        var (json, _) = await bench.AnswerAsync(GatewayOperation.Completion);

        Assert.Equal("text_completion", json.GetProperty("object").GetString());
        Assert.Equal("x", json.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_hundred_streams_at_once_stay_apart()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Streams(ContainerStreams.All["emd's JSON lines"]));

        var streams = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => bench.StreamAsync()));

        Assert.All(streams, stream => Assert.Equal(ContainerStreams.Said, stream.Content));
    }

    [Theory]
    [InlineData("has space")]
    [InlineData("../other")]
    [InlineData("a/b")]
    [InlineData("-a")]
    [InlineData("a\r\nX: y")]
    [InlineData("é")]
    public void A_name_that_SageMaker_cannot_have_given_is_refused_at_the_start(string name)
    {
        var options = new SageMakerUpstreamOptions { EndpointName = name };

        var faults = options.Validate(new ValidationContext(options));

        Assert.Contains("is no name in SageMaker", Assert.Single(faults).ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void An_upstream_without_any_endpoint_is_refused_at_the_start()
    {
        var options = new SageMakerUpstreamOptions();

        Assert.Contains("EndpointName", Assert.Single(options.Validate(new ValidationContext(options))).ErrorMessage, StringComparison.Ordinal);
    }
}
