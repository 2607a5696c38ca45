using System.Runtime.CompilerServices;
using System.Text;
using Slipway.Server.Features.Gateway.Upstreams.Streaming;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>
/// The chunks of an upstream's stream. It ends well with <c>[DONE]</c>, or without it when every choice has its finish
/// reason; everything else is a stream that broke off.
/// </summary>
internal sealed class OpenAiStream(HttpReply reply, GatewayCall call, string upstreamModel, int maxEventBytes) : StreamedAnswer
{
    private readonly EventReader _events = new(reply, maxEventBytes);
    private readonly ModelRewriter _rewriter = new(call.Model);
    private readonly int _bodyLength = call.Body.Length;
    private UpstreamChunk _current;
    private TokenUsage? _said;
    private int _piecesSaid;
    private byte[] _identity = [];
    private int _pieces;
    private ulong _seen;
    private ulong _ended;
    private bool _isOver;
    private bool _isDone;
    private bool _gaveUsage;

    /// <summary>
    /// The upstream's own figures, with the pieces that came after it gave them; until it gives any, the pieces and a guess
    /// of the prompt.
    /// </summary>
    public override TokenUsage Usage => _said is { } said
        ? said with { Completion = said.Completion + _pieces - _piecesSaid }
        : new TokenUsage(TokenEstimate.OfPrompt(_bodyLength), _pieces);

    /// <summary>Waits for the first chunk, so that whatever goes wrong before it is an ordinary error.</summary>
    /// <exception cref="UpstreamException">There is none.</exception>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (!await NextAsync(cancellationToken))
        {
            throw UpstreamErrors.BrokeOff();
        }
    }

    public override async IAsyncEnumerable<UpstreamChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        do
        {
            yield return _current;
        }
        while (await NextAsync(cancellationToken));
    }

    public override async ValueTask DisposeAsync()
    {
        _events.Dispose();
        _rewriter.Dispose();
        await reply.DisposeAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (!_isOver)
        {
            if (_events.TryRead(out var data))
            {
                if (Take(data))
                {
                    return true;
                }
            }
            else if (!await FillAsync(cancellationToken))
            {
                // Without a blank line at its end, the last event may still be a whole one.
                _isOver = true;
                if (_events.TryReadLast(out data) && Take(data))
                {
                    return true;
                }
            }
        }

        return _isDone || IsComplete ? EndsWithUsage() : throw UpstreamErrors.BrokeOff();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _events.FillAsync(cancellationToken);
        }
        catch (IOException) when (IsComplete)
        {
            // All of the answer is there: how the connection ends is nobody's concern.
            return false;
        }
        catch (IOException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw UpstreamErrors.BrokeOff(exception);
        }
        catch (InvalidDataException exception)
        {
            throw UpstreamErrors.Broken("The server behind this model sent an event that is larger than accepted here.", exception);
        }
    }

    private bool IsComplete => _seen != 0 && _seen == _ended;

    /// <returns>Whether the event is a chunk for the client.</returns>
    private bool Take(ReadOnlyMemory<byte> data)
    {
        var text = data.Span.Trim(" \t"u8);
        if (text.IsEmpty)
        {
            return false;
        }

        if (text.SequenceEqual("[DONE]"u8))
        {
            _isOver = _isDone = true;
            reply.EndsSoon();
            return false;
        }

        data = WellFormedText.Of(data);
        if (!AnswerScan.TryRead(data.Span, out var scan))
        {
            throw IsComplete ? UpstreamErrors.Nonsense() : UpstreamErrors.BrokeOff();
        }

        if (scan.IsError)
        {
            throw UpstreamErrors.OfObject(data.Span, upstreamModel, call.Model);
        }

        _pieces += scan.Pieces;
        // Zeros in every chunk are a form that nobody filled in.
        if (scan.Usage is { Total: > 0 } said)
        {
            (_said, _piecesSaid) = (said, _pieces);
        }

        _seen |= scan.Seen;
        _ended |= scan.Ended;
        RememberIdentity(data.Span, scan);
        var isUsage = scan.Usage is not null && !scan.HasChoices;
        _gaveUsage |= isUsage;
        _current = new UpstreamChunk(_rewriter.Rewrite(data, scan.ModelAt), isUsage);
        return true;
    }

    // Only for clients that will be owed a usage chunk.
    private void RememberIdentity(ReadOnlySpan<byte> chunk, in AnswerScan scan)
    {
        if (call.IncludeUsage && _identity.Length == 0 && scan.IdAt is { } id && scan.CreatedAt is { } created)
        {
            _identity = [.. "\"id\":"u8, .. chunk[id], .. ",\"created\":"u8, .. chunk[created], (byte)','];
        }
    }

    private bool EndsWithUsage()
    {
        if (!call.IncludeUsage || _gaveUsage)
        {
            return false;
        }

        _gaveUsage = true;
        var kind = call.Operation is GatewayOperation.Completion ? "text_completion" : "chat.completion.chunk";
        var usage = Usage;
        var json = $"{{{Encoding.UTF8.GetString(_identity)}\"object\":\"{kind}\",\"model\":{Encoding.UTF8.GetString(_rewriter.Name)},\"choices\":[],"
            + $"\"usage\":{{\"prompt_tokens\":{usage.Prompt},\"completion_tokens\":{usage.Completion},\"total_tokens\":{usage.Total}}}}}";
        _current = new UpstreamChunk(Encoding.UTF8.GetBytes(json), IsUsage: true);
        return true;
    }
}
