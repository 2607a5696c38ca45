using System.Text.Json;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Features.Gateway.Upstreams.SageMaker;
using Slipway.Server.Tests.Aws;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

/// <summary>Every way in which SageMaker fails, and what a client is told of it.</summary>
public sealed class FailureTests
{
    private const string Account = "123456789012";

    private static readonly byte[] FirstChunk = EventStreamText.Part("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n");

    private static readonly Dictionary<string, (int Status, string Type, string Body, int Told, UpstreamFault Fault)> Refusals = new()
    {
        ["not found"] = (400, "ValidationError", $$"""{"Message":"Endpoint qwen of account {{Account}} not found."}""", 404, UpstreamFault.Broken),
        ["no capacity"] = (400, "ValidationError", """{"Message":"Inference Component has no capacity to process this request."}""", 503, UpstreamFault.Busy),
        ["wrongly configured"] = (400, "ValidationError", """{"Message":"Inference Component Name header is required"}""", 502, UpstreamFault.Broken),
        ["throttled"] = (400, "ThrottlingException", """{"message":"Rate exceeded"}""", 429, UpstreamFault.Busy),
        ["not ready"] = (429, "ModelNotReadyException", """{"Message":"Model is loading"}""", 503, UpstreamFault.Busy),
        ["internal"] = (500, "InternalFailure", """{"Message":"boom"}""", 502, UpstreamFault.Broken),
        ["unavailable"] = (503, "ServiceUnavailable", """{"Message":"later"}""", 503, UpstreamFault.Busy),
        ["dependency"] = (530, "InternalDependencyException", """{"Message":"kms"}""", 502, UpstreamFault.Broken),
        ["denied"] = (403, "AccessDeniedException",
            $$"""{"Message":"User: arn:aws:sts::{{Account}}:assumed-role/R/i is not authorized to perform: sagemaker:InvokeEndpoint"}""", 502, UpstreamFault.Broken),
        ["too large"] = (413, "RequestEntityTooLarge", "", 413, UpstreamFault.Request),
        ["container's 400"] = Model(400, """{"error":{"message":"max_tokens must be at least 1","type":"BadRequestError","param":"max_tokens","code":400}}""", 400, UpstreamFault.Request),
        ["container's 422"] = Model(422, """{"detail":"messages: field required"}""", 400, UpstreamFault.Request),
        ["container's 404"] = Model(404, """{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}""", 404, UpstreamFault.Broken),
        ["container's 429"] = Model(429, "busy", 503, UpstreamFault.Busy),
        ["container's 500"] = Model(500, "Traceback (most recent call last):\n  File \"/opt/x.py\", line 3", 502, UpstreamFault.Broken),
        ["container's 503"] = Model(503, "", 503, UpstreamFault.Busy),
        ["container's 401"] = Model(401, """{"error":"Unauthorized"}""", 502, UpstreamFault.Broken),
        ["container too slow"] = (424, "ModelError",
            """{"Message":"Received server error (0) from primary with message \"Your invocation timed out while waiting for a response\"","OriginalStatusCode":0}""",
            504, UpstreamFault.TimedOut),
        ["424 of nonsense"] = (424, "ModelError", "<html>", 502, UpstreamFault.Broken),
        ["unknown"] = (418, "Teapot#Strange", "[]", 502, UpstreamFault.Broken),
    };

    private static readonly Dictionary<string, (byte[] Frames, int Told, UpstreamFault Fault)> Broken = new()
    {
        ["exception in time"] = (
            EventStreamText.Exception("ModelStreamError", """{"Message":"x","ErrorCode":"ModelInvocationTimeExceeded"}"""), 504, UpstreamFault.TimedOut),
        ["stream broken"] = (EventStreamText.Exception("ModelStreamError", """{"Message":"arn:aws:x","ErrorCode":"StreamBroken"}"""), 502, UpstreamFault.Broken),
        ["internal failure"] = (EventStreamText.Exception("InternalStreamFailure", """{"Message": "boom"}"""), 502, UpstreamFault.Broken),
        ["error frame"] = (EventStreamText.Error("InternalError", "An internal server error occurred"), 502, UpstreamFault.Broken),
        ["damaged frame"] = (Damaged(), 502, UpstreamFault.Broken),
        ["cut frame"] = (FirstChunk[..^7], 502, UpstreamFault.Broken),
        ["nothing more"] = ([], 502, UpstreamFault.Broken),
        ["half an event"] = (EventStreamText.Part("data: {\"choices\":[{\"ind"), 502, UpstreamFault.Broken),
        ["no JSON"] = (EventStreamText.Part("data: {hello}\n\n"), 502, UpstreamFault.Broken),
        ["a broken line of JSON"] = (EventStreamText.Part("{\"choices\":[{\"te\n{\"choices\":[]}\n"), 502, UpstreamFault.Broken),
        ["error event"] = (EventStreamText.Part("data: {\"error\":{\"message\":\"CUDA error\",\"code\":500}}\n\n"), 502, UpstreamFault.Broken),
        ["LMI's error"] = (EventStreamText.Part("{\"token\":{\"text\":\"\"},\"details\":{\"finish_reason\":\"error\"}}\n"), 502, UpstreamFault.Broken),
        ["a choice given up"] = (EventStreamText.Part("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"abort\"}]}\n\n"), 502, UpstreamFault.Broken),
        ["a choice too far"] = (EventStreamText.Part("data: {\"choices\":[{\"index\":1000000,\"delta\":{}}]}\n\n"), 502, UpstreamFault.Broken),
        ["choices of nonsense"] = (EventStreamText.Part("data: {\"choices\":[7]}\n\n"), 502, UpstreamFault.Broken),
        ["a text with a lone surrogate"] = (EventStreamText.Part("data: {\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}\n\n"), 502, UpstreamFault.Broken),
    };

    public static TheoryData<string> Breaks => [.. Broken.Keys];

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var name in Refusals.Keys)
            {
                cases.Add(name, true);
                cases.Add(name, false);
            }
            return cases;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Cases))]
    public async Task A_refusal_is_told_in_OpenAI_s_form_and_leaks_nothing(string name, bool stream)
    {
        var (status, type, body, told, fault) = Refusals[name];
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Refuses(status, type, body));

        var error = await Assert.ThrowsAsync<UpstreamException>(() =>
            bench.Upstream().SendAsync(SageMakerBench.Call(stream), "qwen3-8b", Cancellation));

        Assert.Equal(told, error.Error.Status);
        Assert.Equal(fault, error.Fault);
        Assert.Equal(told is 429 or 503, error.Error.RetryAfter is not null);
        var shown = JsonSerializer.Serialize(error.Error);
        Assert.All(
            new[] { Account, "arn:", "http", "console", "Traceback", "/opt/", SageMakerBench.Endpoint, "qwen3-8b", "amazon" },
            secret => Assert.DoesNotContain(secret, shown, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(Account, bench.Aws.Log.Text, StringComparison.Ordinal);
        Assert.Contains(bench.Aws.Log.Lines, line => line.EventId == 2210 && line.Message.Contains("req-0001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_container_s_own_OpenAI_error_keeps_its_words_and_its_field()
    {
        var (status, type, body, _, _) = Refusals["container's 400"];
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Refuses(status, type, body));

        var error = await Assert.ThrowsAsync<UpstreamException>(() => bench.AnswerAsync());

        Assert.Equal("max_tokens must be at least 1", error.Error.Message);
        Assert.Equal("max_tokens", error.Error.Param);
        Assert.Equal("invalid_request_error", error.Error.Type);
    }

    [Theory, MemberData(nameof(Breaks))]
    public async Task A_break_in_mid_stream_is_an_error_after_what_was_said(string name)
    {
        var (frames, told, fault) = Broken[name];
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Sends(FirstChunk, frames));

        var stream = await bench.StreamAsync();

        Assert.True(stream.Content == "a", name);
        Assert.Equal(told, stream.Failure!.Error.Status);
        Assert.Equal(fault, stream.Failure.Fault);
        Assert.Empty(stream.FinishReasons);
        Assert.Equal(1, stream.Usage.Completion);
        Assert.DoesNotContain("arn:", JsonSerializer.Serialize(stream.Failure.Error), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Breaks))]
    public async Task A_break_before_the_first_chunk_is_an_error_of_the_call(string name)
    {
        var (frames, told, fault) = Broken[name];
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Sends(frames));

        var error = await Record.ExceptionAsync(() => bench.StreamAsync()) as UpstreamException;

        Assert.True(error is not null, name);
        Assert.Equal(told, error.Error.Status);
        Assert.Equal(fault, error.Fault);
    }

    [Fact]
    public async Task A_reset_connection_is_an_error_after_what_was_said()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.SendsAndResets(FirstChunk));

        var failure = await Record.ExceptionAsync(async () => Assert.NotNull((await bench.StreamAsync()).Failure));

        // A reset may overtake the last bytes: then there was no beginning either.
        Assert.True(failure is null or UpstreamException);
    }

    [Theory]
    [InlineData("text/html", "<html>")]
    [InlineData("application/json", "{}")]
    public async Task A_stream_that_is_no_event_stream_is_an_error(string type, string body)
    {
        await using var bench = await SageMakerBench.StartAsync(async call =>
        {
            call.Http.Response.ContentType = type;
            await call.Http.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(body), Cancellation);
        });

        var error = await Assert.ThrowsAsync<UpstreamException>(() => bench.StreamAsync());

        Assert.Equal(502, error.Error.Status);
    }

    [Theory]
    [InlineData("<html>console.aws.amazon.com</html>")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[[1,2]]")]
    [InlineData("7")]
    [InlineData("""{"choices":"none"}""")]
    [InlineData("""{"error":{"message":"boom at /opt/djl/x.py"}}""")]
    [InlineData("""{"object":"error","message":"boom"}""")]
    public async Task A_whole_answer_of_nonsense_or_an_error_with_status_200_is_an_error(string body)
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Answers(body));

        var error = await Assert.ThrowsAsync<UpstreamException>(() => bench.AnswerAsync());

        Assert.Equal(502, error.Error.Status);
        Assert.DoesNotContain("opt", error.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_answer_without_end_is_cut_off()
    {
        await using var bench = await SageMakerBench.StartAsync(StandInContainers.Answers(new string(' ', 5000)));

        var error = await Assert.ThrowsAsync<UpstreamException>(() =>
            bench.AnswerAsync(options: new SageMakerUpstreamOptions { EndpointName = SageMakerBench.Endpoint, LongestAnswer = 4096 }));

        Assert.Equal(UpstreamFault.Broken, error.Fault);
    }

    [Fact]
    public async Task Cancelling_a_read_reaches_the_container_at_once()
    {
        var gone = new TaskCompletionSource();
        await using var bench = await SageMakerBench.StartAsync();
        bench.StandIn.Endpoints[SageMakerBench.Endpoint] = StandInContainers.SendsAndHangs(bench.StandIn, gone, FirstChunk);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var answer = (StreamedAnswer)await bench.Upstream().SendAsync(SageMakerBench.Call(stream: true), "qwen3-8b", Cancellation);
        await using var chunks = answer.ReadAsync(leaving.Token).GetAsyncEnumerator(Cancellation);
        Assert.True(await chunks.MoveNextAsync());
        var next = chunks.MoveNextAsync();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.Equal(1, answer.Usage.Completion);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_before_the_answer_reaches_the_container_too(bool stream)
    {
        var gone = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        await using var bench = await SageMakerBench.StartAsync(async call =>
        {
            reached.SetResult();
            await using var registration = call.Aborted.Register(gone.SetResult);
            await gone.Task.WaitAsync(Cancellation);
        });
        using var leaving = new CancellationTokenSource();
        var sending = bench.Upstream().SendAsync(SageMakerBench.Call(stream), "qwen3-8b", leaving.Token);
        await reached.Task.WaitAsync(Cancellation);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    private static (int, string, string, int, UpstreamFault) Model(int original, string message, int told, UpstreamFault fault) => (
        424, "ModelError",
        JsonSerializer.Serialize(new
        {
            Message = $"Received client error ({original}) from primary with message \"x\". "
                + $"See https://us-east-1.console.aws.amazon.com/cloudwatch/home in account {Account} for more information.",
            OriginalStatusCode = original,
            OriginalMessage = message,
            LogStreamArn = $"arn:aws:logs:us-east-1:{Account}:log-group:/aws/sagemaker/Endpoints/x",
        }),
        told, fault);

    private static byte[] Damaged()
    {
        var frame = FirstChunk.ToArray();
        frame[^10] ^= 1;
        return frame;
    }
}
