using System.Runtime.CompilerServices;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>A container's stream as chunks. Disposing it aborts the call to SageMaker.</summary>
/// <param name="call">The client's call.</param>
/// <param name="source">The container's bytes; disposed with this.</param>
/// <param name="clock">For chunks whose container names no time.</param>
/// <param name="report">Hears what broke the stream, in AWS's words.</param>
internal sealed class SageMakerStream(
    GatewayCall call, InvocationStream source, TimeProvider clock, Action<AwsException> report) : StreamedAnswer
{
    /// <summary>A part may have 24 MB; it is looked at in pieces of this size.</summary>
    private const int PieceLength = 64 << 10;

    private readonly ContainerEvents _events = new();
    private readonly ChunkTranslator _chunks = new(call, clock);
    private ReadOnlyMemory<byte> _part;
    private UpstreamChunk? _first;
    private bool _isComplete;

    public override TokenUsage Usage => _chunks.Usage;

    /// <summary>Waits for the first chunk, so that what fails before it fails as a whole.</summary>
    /// <exception cref="UpstreamException">There is none.</exception>
    public async Task StartAsync(CancellationToken cancellationToken) => _first = await NextAsync(cancellationToken);

    public override async IAsyncEnumerable<UpstreamChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var chunk = _first; chunk is { } next; chunk = await NextAsync(cancellationToken))
        {
            yield return next;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        _events.Dispose();
        _chunks.Dispose();
    }

    private async ValueTask<UpstreamChunk?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            UpstreamChunk chunk;
            while (!_chunks.TryTake(out chunk))
            {
                if (_isComplete)
                {
                    return null;
                }
                if (_events.TryRead(out var json))
                {
                    _chunks.Add(json);
                }
                else if (_events.IsDone)
                {
                    Complete();
                }
                else
                {
                    await FillAsync(cancellationToken);
                }
            }
            return chunk;
        }
        catch (AwsException exception)
        {
            report(exception);
            throw SageMakerErrors.From(exception, call.Model);
        }
        catch (FormatException exception)
        {
            throw SageMakerErrors.Nonsense(call.Model, exception);
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_part.IsEmpty)
        {
            _part = await source.ReadPartAsync(cancellationToken);
        }
        if (!_part.IsEmpty)
        {
            var length = Math.Min(_part.Length, PieceLength);
            _events.Add(_part.Span[..length]);
            _part = _part[length..];
        }
        else if (!_events.IsEnding)
        {
            _events.Complete();
        }
        else
        {
            Complete();
        }
    }

    /// <summary>What the container left half said counts as broken off, unless it had said that it was done.</summary>
    private void Complete()
    {
        if (_events is { IsDone: false, HasRest: true })
        {
            throw SageMakerErrors.BrokeOff(call.Model);
        }
        _isComplete = true;
        _chunks.Complete(_events.IsDone);
    }
}
