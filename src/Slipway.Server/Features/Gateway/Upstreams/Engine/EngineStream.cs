using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>An answer of the engine in chunks.</summary>
/// <param name="completion">What is being made; belongs to this from now on.</param>
/// <param name="pieces">Its pieces, standing at the first one.</param>
/// <param name="format">How they are written.</param>
/// <param name="explain">What to make of a fault in the middle.</param>
internal sealed class EngineStream(
    Completion completion, IAsyncEnumerator<ChoicePiece> pieces, IAnswerFormat format, Func<Exception, UpstreamException> explain)
    : StreamedAnswer
{
    private readonly PooledBuffer _buffer = new();

    public override TokenUsage Usage => AnswerJson.ToUsage(completion.Account);

    public override async IAsyncEnumerable<UpstreamChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(completion.Cancel);
        await using var json = new Utf8JsonWriter(_buffer, AnswerJson.Options);
        var begun = new HashSet<int>();
        await using (pieces)
        {
            do
            {
                var piece = pieces.Current;
                cancellationToken.ThrowIfCancellationRequested();
                Restart(json);
                if (begun.Add(piece.Choice) && format.TryWriteOpening(json, piece.Choice))
                {
                    yield return End(json);
                    Restart(json);
                }

                format.WriteChunk(json, piece);
                yield return End(json);
            }
            while (await MoveAsync());
        }

        cancellationToken.ThrowIfCancellationRequested();
        Restart(json);
        format.WriteUsageChunk(json, Usage);
        yield return End(json) with { IsUsage = true };
    }

    public override async ValueTask DisposeAsync()
    {
        await completion.DisposeAsync();
        _buffer.Dispose();
    }

    private async ValueTask<bool> MoveAsync()
    {
        try
        {
            return await pieces.MoveNextAsync();
        }
        catch (Exception exception)
        {
            throw explain(exception);
        }
    }

    private void Restart(Utf8JsonWriter json)
    {
        _buffer.Clear();
        json.Reset();
    }

    private UpstreamChunk End(Utf8JsonWriter json)
    {
        json.Flush();
        return new UpstreamChunk(_buffer.Written, IsUsage: false);
    }
}
