using System.Text.Json;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Requests;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>Answers calls with the model in this process.</summary>
internal sealed partial class EngineUpstream(
    Completing completing, Embedder embedder, TimeProvider clock, ILogger<EngineUpstream> logger) : IUpstream
{
    /// <param name="call">What to answer.</param>
    /// <param name="model">The model that must be loaded; null takes whichever is.</param>
    /// <param name="cancellationToken">The client left.</param>
    public async Task<UpstreamAnswer> SendAsync(GatewayCall call, string? model, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        switch (call.Operation)
        {
            case GatewayOperation.ChatCompletion:
                var chat = RequestBody.Read(call, ChatCall.Read);
                return await CompleteAsync(
                    call, chat with { Model = model }, "messages", _ => new ChatFormat(MakeHead(call, "chatcmpl-")), cancellationToken);
            case GatewayOperation.Completion:
                var text = RequestBody.Read(call, TextCall.Read);
                return await CompleteAsync(
                    call, text.Completion with { Model = model }, "prompt",
                    completion => new TextFormat(MakeHead(call, "cmpl-"), text.Echo ? Echoes(completion) : null), cancellationToken);
            default:
                return await EmbedAsync(call, RequestBody.Read(call, EmbeddingCall.Read), model, cancellationToken);
        }
    }

    private async Task<UpstreamAnswer> CompleteAsync(
        GatewayCall call, CompletionRequest request, string prompt, Func<Completion, IAnswerFormat> format, CancellationToken cancellationToken)
    {
        var (completion, refusal) = await completing.StartAsync(request, cancellationToken);
        if (completion is null)
        {
            throw refusal!.ToException(prompt);
        }

        try
        {
            await using var registration = cancellationToken.Register(completion.Cancel);
            var pieces = completion.ReadAsync().GetAsyncEnumerator(CancellationToken.None);
            _ = await pieces.MoveNextAsync(); // There is always a piece: the end.
            if (call.Stream || completion.Account.Completion == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return call.Stream
                ? new EngineStream(completion, pieces, format(completion), exception => Explain(exception, call.RequestId))
                : await FinishAsync(completion, pieces, format(completion));
        }
        catch (Exception exception)
        {
            await completion.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(exception, call.RequestId);
        }
    }

    /// <summary>Whatever there is at the end: what was computed for a client that left is not given away uncounted.</summary>
    private static async Task<UpstreamAnswer> FinishAsync(Completion completion, IAsyncEnumerator<ChoicePiece> pieces, IAnswerFormat format)
    {
        var choices = Enumerable.Range(0, completion.Choices).Select(_ => new GatheredChoice()).ToList();
        await using (pieces)
        {
            do
            {
                choices[pieces.Current.Choice].Add(pieces.Current);
            }
            while (await pieces.MoveNextAsync());
        }

        await completion.DisposeAsync();
        var usage = AnswerJson.ToUsage(completion.Account);
        return Write(usage, json => format.WriteWhole(json, choices, usage));
    }

    private async Task<UpstreamAnswer> EmbedAsync(GatewayCall call, EmbeddingCall request, string? model, CancellationToken cancellationToken)
    {
        try
        {
            var (texts, refusal) = await embedder.EmbedAsync(model, request.Texts, request.Dimensions, cancellationToken);
            return texts is null
                ? throw refusal!.ToException("input")
                : Write(new TokenUsage(texts.Tokens, 0), json => EmbeddingFormat.Write(json, call.Model, texts, request.IsBase64));
        }
        catch (Exception exception) when (exception is not UpstreamException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(exception, call.RequestId);
        }
    }

    private static FinishedAnswer Write(TokenUsage usage, Action<Utf8JsonWriter> write)
    {
        var buffer = new PooledBuffer();
        using var json = new Utf8JsonWriter(buffer, AnswerJson.Options);
        write(json);
        json.Flush();
        return new FinishedAnswer(buffer, usage);
    }

    private static List<string> Echoes(Completion completion)
    {
        var choicesPerPrompt = completion.Choices / completion.Prompts.Count;
        return [.. completion.Prompts.SelectMany(prompt => Enumerable.Repeat(prompt, choicesPerPrompt))];
    }

    private AnswerHead MakeHead(GatewayCall call, string prefix) =>
        new(AnswerJson.MakeId(prefix), clock.GetUtcNow().ToUnixTimeSeconds(), call.Model);

    private UpstreamException Explain(Exception exception, string requestId)
    {
        if (exception is OperationCanceledException)
        {
            const string Stopped = "The model is being stopped; try again later.";
            return Broken(StatusCodes.Status503ServiceUnavailable, OpenAiErrorTypes.Upstream, Stopped, exception);
        }

        LogBrokeOff(exception, requestId);
        var message = $"The model failed; the log has the reason under id {requestId}.";
        return Broken(StatusCodes.Status500InternalServerError, OpenAiErrorTypes.Server, message, exception);
    }

    private static UpstreamException Broken(int status, string type, string message, Exception exception) =>
        new(UpstreamFault.Broken, new OpenAiError(status, type, message), exception);

    [LoggerMessage(2080, LogLevel.Error, "The engine broke off the answer to request {Id}")]
    private partial void LogBrokeOff(Exception exception, string id);
}
