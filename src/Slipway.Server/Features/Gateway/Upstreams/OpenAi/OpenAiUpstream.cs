using System.Text.Json;
using Slipway.Client;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Features.Gateway.Upstreams.Streaming;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>A server that speaks OpenAI's protocol.</summary>
internal sealed class OpenAiUpstream(IHttpLine line, bool asksUsage, AnswerLimits limits) : IUpstream, IDisposable
{
    private const int LongestError = 64 << 10;

    // One upstream serves one name or a few; a name costs more to encode than to remember.
    private volatile Tuple<string, byte[]>? _name;

    public async Task<UpstreamAnswer> SendAsync(GatewayCall call, string model, CancellationToken cancellationToken)
    {
        var reply = await OpenAsync(call, model, cancellationToken);
        UpstreamAnswer? answer = null;
        try
        {
            answer = reply.Head switch
            {
                { Status: not StatusCodes.Status200OK } => throw await RefusalAsync(reply, call, model, cancellationToken),
                { IsEncoded: true } => throw UpstreamErrors.Nonsense(),
                { Media: ReplyMedia.Json } when call.Stream => throw await NoStreamAsync(reply, call, model, cancellationToken),
                _ when call.Stream => await StreamAsync(reply, call, model, cancellationToken),
                _ => await ReadWholeAsync(reply, call, model, cancellationToken),
            };
            return answer;
        }
        catch (IOException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw UpstreamErrors.BrokeOff(exception);
        }
        finally
        {
            if (answer is not StreamedAnswer)
            {
                await reply.DisposeAsync();
            }
        }
    }

    public void Dispose() => line.Dispose();

    private async ValueTask<HttpReply> OpenAsync(GatewayCall call, string model, CancellationToken cancellationToken)
    {
        try
        {
            return await line.SendAsync(PathOf(call.Operation), SplicedBody.Of(call, Encoded(model), asksUsage), call.RequestId, cancellationToken);
        }
        catch (IOException exception)
        {
            throw UpstreamErrors.Unreachable(exception);
        }
        catch (TimeoutException exception)
        {
            throw UpstreamErrors.ConnectTimedOut(exception);
        }
    }

    private async ValueTask<UpstreamAnswer> StreamAsync(HttpReply reply, GatewayCall call, string model, CancellationToken cancellationToken)
    {
        var stream = new OpenAiStream(reply, call, model, limits.EventBytes);
        try
        {
            await stream.BeginAsync(cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async ValueTask<UpstreamAnswer> ReadWholeAsync(HttpReply reply, GatewayCall call, string model, CancellationToken cancellationToken)
    {
        var bytes = new PooledBytes();
        try
        {
            if (!await bytes.FillAsync(reply, limits.AnswerBytes, cancellationToken))
            {
                throw UpstreamErrors.Broken("The server behind this model sent an answer that is larger than accepted here.");
            }

            return Whole(bytes, call, model);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static OpenAiWholeAnswer Whole(PooledBytes bytes, GatewayCall call, string model)
    {
        var json = WellFormedText.Of(bytes.Memory);
        if (!AnswerScan.TryRead(json.Span, out var scan))
        {
            throw UpstreamErrors.Nonsense();
        }

        if (scan.IsError)
        {
            throw UpstreamErrors.OfObject(json.Span, model, call.Model);
        }

        // Four bytes of JSON for a token is too many rather than too few.
        var usage = scan.Usage ?? new TokenUsage(
            TokenEstimate.OfPrompt(call.Body.Length), scan.HasChoices ? TokenEstimate.OfPrompt(json.Length) : 0);
        return new OpenAiWholeAnswer(bytes, json, new ModelRewriter(call.Model), scan.ModelAt, usage);
    }

    private static async ValueTask<UpstreamException> RefusalAsync(
        HttpReply reply, GatewayCall call, string model, CancellationToken cancellationToken)
    {
        using var bytes = new PooledBytes();
        try
        {
            await bytes.FillAsync(reply, LongestError, cancellationToken);
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            // The status says enough.
        }

        return UpstreamErrors.OfStatus(reply.Head, bytes.Memory.Span, model, call.Model);
    }

    private static async ValueTask<UpstreamException> NoStreamAsync(
        HttpReply reply, GatewayCall call, string model, CancellationToken cancellationToken)
    {
        using var bytes = new PooledBytes();
        await bytes.FillAsync(reply, LongestError, cancellationToken);
        return AnswerScan.TryRead(bytes.Memory.Span, out var scan) && scan.IsError
            ? UpstreamErrors.OfObject(bytes.Memory.Span, model, call.Model)
            : UpstreamErrors.Broken("The server behind this model answered a request for a stream with something else.");
    }

    private byte[] Encoded(string model)
    {
        var known = _name;
        if (known?.Item1 != model)
        {
            _name = known = Tuple.Create<string, byte[]>(
                model, [(byte)'"', .. JsonEncodedText.Encode(model, WireText.Encoder).EncodedUtf8Bytes, (byte)'"']);
        }

        return known.Item2;
    }

    private static string PathOf(GatewayOperation operation) => operation switch
    {
        GatewayOperation.ChatCompletion => "/chat/completions",
        GatewayOperation.Completion => "/completions",
        _ => "/embeddings",
    };
}
