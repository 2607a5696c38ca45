using Slipway.Engine.Embeddings;

namespace Slipway.Engine.Scheduling;

public sealed partial class InferenceEngine
{
    /// <summary>Embeds a text: the states of its tokens after the final norm, pooled and brought to length 1.</summary>
    /// <param name="tokens">Token ids of the text; 1 to <see cref="MaxPromptTokens"/>.</param>
    /// <param name="pooling">How the states become one; null takes the model's own way.</param>
    /// <param name="cancellationToken">Takes the text out before the next step.</param>
    /// <returns>[<see cref="LanguageModel.Width"/>].</returns>
    /// <remarks>Texts are computed in the steps of the generations; many at once share them.</remarks>
    /// <exception cref="EngineBusyException">The queue is full, or the engine is shutting down.</exception>
    /// <exception cref="ArgumentException">There are no tokens, too many, or unknown ones.</exception>
    public Task<float[]> EmbedAsync(IReadOnlyList<int> tokens, EmbeddingPooling? pooling, CancellationToken cancellationToken)
    {
        var request = new GenerationRequest { Prompt = tokens };
        Check(request);
        var states = new StatePool(pooling ?? _model.Pooling, _model.Width);
        var generation = new Generation(Wake);
        Enqueue(MakeSequence(request, generation, states));
        return FinishAsync(generation, states, cancellationToken);
    }

    private static async Task<float[]> FinishAsync(Generation generation, StatePool states, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(generation.Cancel).ConfigureAwait(false);
        await generation.Completion.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return states.Vector ?? throw new InvalidOperationException("The engine's cache is too small for the text beside others; try again later.");
    }
}
