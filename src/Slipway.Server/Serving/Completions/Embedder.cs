using Slipway.Engine.Embeddings;
using Slipway.Engine.Scheduling;

namespace Slipway.Server.Serving.Completions;

/// <summary>Texts as vectors of length 1.</summary>
/// <param name="Vectors">One per text, in their order.</param>
/// <param name="Tokens">Tokens of all texts together.</param>
internal sealed record EmbeddedTexts(IReadOnlyList<float[]> Vectors, int Tokens);

/// <summary>Embeds texts with the loaded model.</summary>
internal sealed class Embedder(ModelHost host, IOptions<ServingOptions> options)
{
    /// <summary>
    /// Embeds <paramref name="texts"/>, at least one, and keeps the first <paramref name="dimensions"/> values of each vector;
    /// either the vectors or why there are none.
    /// </summary>
    public async Task<(EmbeddedTexts? Texts, Refusal? Refusal)> EmbedAsync(
        string? model, IReadOnlyList<Prompt> texts, int? dimensions, CancellationToken cancellationToken)
    {
        var (lease, refusal) = await host.TakeAsync(model, cancellationToken);
        if (lease is null)
        {
            return (null, refusal);
        }

        using (lease)
        {
            if (dimensions > lease.Value.Model.Width)
            {
                return (null, new Refusal(
                    RefusalKind.Unsuitable, ServingSentences.TooManyDimensions(dimensions.Value, lease.Value.Model.Width),
                    Param: "dimensions"));
            }

            var tokens = texts.Select(text => text.Tokens ?? lease.Value.Model.EncodeForEmbedding(text.Text!)).ToList();
            var most = lease.Value.Engine.MaxPromptTokens;
            if (tokens.Find(text => text.Count > most) is { } tooLong)
            {
                return (null, new Refusal(RefusalKind.TooLong, ServingSentences.TooLong(tooLong.Count, most)));
            }

            var (embedded, busy) = await EmbedAllAsync(lease.Value.Engine, tokens, cancellationToken);
            return embedded is not null && dimensions is { } kept
                ? (embedded with { Vectors = [.. embedded.Vectors.Select(vector => Shorten(vector, kept))] }, null)
                : (embedded, busy);
        }
    }

    /// <summary>The first values, brought back to length 1.</summary>
    private static float[] Shorten(float[] vector, int dimensions)
    {
        var kept = vector[..dimensions];
        var length = Math.Sqrt(kept.Sum(value => (double)value * value));
        return length == 0 ? kept : [.. kept.Select(value => (float)(value / length))];
    }

    /// <summary>
    /// As many at a time as the engine computes beside each other: a request of two thousand texts must not fill the queue
    /// for everybody else. Where the queue is full all the same, those under way make room before it counts as busy.
    /// </summary>
    private async Task<(EmbeddedTexts? Texts, Refusal? Refusal)> EmbedAllAsync(
        InferenceEngine engine, List<IReadOnlyList<int>> texts, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var vectors = new List<float[]>(texts.Count);
        var running = new Queue<Task<float[]>>();
        try
        {
            return await TryEmbedAsync(engine, texts, running, vectors, stop.Token)
                ? (new EmbeddedTexts(vectors, texts.Sum(text => text.Count)), null)
                : (null, new Refusal(RefusalKind.Busy, ServingSentences.Busy, Answering.RetryAfterSeconds));
        }
        catch (ArgumentException exception)
        {
            var sentence = ServingSentences.Unsuitable(Completing.WithoutParameter(exception));
            return (null, new Refusal(RefusalKind.Unsuitable, sentence));
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>False when the queue is full of others' requests.</summary>
    private async Task<bool> TryEmbedAsync(
        InferenceEngine engine, List<IReadOnlyList<int>> texts, Queue<Task<float[]>> running, List<float[]> vectors,
        CancellationToken cancellationToken)
    {
        for (var i = 0; vectors.Count < texts.Count;)
        {
            var mayStart = i < texts.Count && running.Count < options.Value.MaxSequences;
            if (mayStart && TrySubmit(engine, texts[i], cancellationToken) is { } task)
            {
                running.Enqueue(task);
                i++;
            }
            else if (running.TryDequeue(out var first))
            {
                vectors.Add(await first);
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private Task<float[]>? TrySubmit(InferenceEngine engine, IReadOnlyList<int> text, CancellationToken cancellationToken)
    {
        try
        {
            return engine.EmbedAsync(text, PoolingOf(options.Value.Pooling), cancellationToken);
        }
        catch (EngineBusyException)
        {
            return null;
        }
    }

    private static EmbeddingPooling? PoolingOf(Pooling? pooling) => pooling switch
    {
        Pooling.Mean => EmbeddingPooling.Mean,
        Pooling.Last => EmbeddingPooling.LastToken,
        _ => null,
    };
}
