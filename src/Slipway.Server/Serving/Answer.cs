using System.Runtime.CompilerServices;
using Slipway.Engine.Scheduling;

namespace Slipway.Server.Serving;

/// <summary>An answer on its way. Holds its model until disposed; disposing it early ends the generation.</summary>
internal sealed class Answer(Lease<LoadedModel> lease, Generation generation, int promptTokens, string openedThought) : IDisposable
{
    public string Model => lease.Value.Name;

    /// <summary>The account so far; final once the reading came to its end.</summary>
    public AnswerAccount Account => generation.Result is { } result
        ? new AnswerAccount(promptTokens, result.CompletionTokens, result.Reason == FinishReason.Length ? "length" : "stop")
        : new AnswerAccount(promptTokens, generation.Generated, "stop");

    /// <summary>The pieces as they are made, to be read once. Cancelling takes the sequence out at the next step.</summary>
    public async IAsyncEnumerable<AnswerPiece> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (openedThought.Length > 0)
        {
            // The template wrote the opening mark into the prompt; without it the text would hold half a thought.
            yield return new AnswerPiece(openedThought, IsThinking: false);
        }

        await foreach (var piece in generation.ReadAllAsync(cancellationToken))
        {
            if (piece.Text.Length > 0)
            {
                yield return new AnswerPiece(piece.Text, piece.Kind == PieceKind.Thinking);
            }
        }

        await generation.Completion;
    }

    public void Dispose()
    {
        generation.Cancel();
        lease.Dispose();
    }
}

/// <summary>Text that became certain; never splits a character.</summary>
internal readonly record struct AnswerPiece(string Text, bool IsThinking);

/// <summary>What an answer came to: tokens, and <c>stop</c> or <c>length</c>.</summary>
internal sealed record AnswerAccount(int PromptTokens, int CompletionTokens, string FinishReason);
