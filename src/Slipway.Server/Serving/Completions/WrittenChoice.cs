using System.Text;
using Slipway.Engine.Scheduling;

namespace Slipway.Server.Serving.Completions;

/// <summary>One choice of a completion, written to its end.</summary>
internal sealed record WrittenChoice
{
    public required string Text { get; init; }

    /// <summary>The thought before it; empty where there is none.</summary>
    public required string Reasoning { get; init; }

    /// <summary><c>stop</c>, <c>length</c> or <c>tool_calls</c>.</summary>
    public required string FinishReason { get; init; }

    /// <summary>
    /// Logarithms of the probabilities that the model itself gave the tokens of the text, where they were asked for. The line
    /// breaks before it are left out: behind a thought they are all but certain, and would make short texts look surer.
    /// </summary>
    public required IReadOnlyList<float> Logprobs { get; init; }

    /// <summary>Tokens of the thought, its marks among them.</summary>
    public required int ThinkingTokens { get; init; }

    public required bool HasThought { get; init; }

    /// <summary>The thought was closed at its budget.</summary>
    public required bool ThoughtIsCut { get; init; }

    /// <summary>The choice ended inside its thought.</summary>
    public required bool ThoughtIsOpen { get; init; }
}

/// <summary>Reads completions to their end.</summary>
internal static class CompletionReading
{
    /// <param name="completion">To be read once.</param>
    /// <param name="begun">Called when the first of it is there.</param>
    /// <param name="cancellationToken">Ends the generations.</param>
    /// <returns>In the order of the choices.</returns>
    public static async Task<IReadOnlyList<WrittenChoice>> ReadToEndAsync(
        this Completion completion, Action begun, CancellationToken cancellationToken)
    {
        await using var cancelling = cancellationToken.Register(completion.Cancel);
        var drafts = new Draft[completion.Choices];
        for (var i = 0; i < drafts.Length; i++)
        {
            drafts[i] = new Draft();
        }

        await foreach (var piece in completion.ReadAsync())
        {
            begun();
            drafts[piece.Choice].Add(piece);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return [.. drafts.Select((draft, choice) => draft.Finish(completion.ResultOf(choice)))];
    }

    private sealed class Draft
    {
        private readonly StringBuilder _text = new();
        private readonly StringBuilder _reasoning = new();
        private readonly List<float> _logprobs = [];
        private string _finishReason = "stop";

        public void Add(in ChoicePiece piece)
        {
            switch (piece.Kind)
            {
                case ChoicePieceKind.Content:
                    _text.Append(piece.Text);
                    AddTokens(piece.Tokens ?? []);
                    break;
                case ChoicePieceKind.Reasoning:
                    _reasoning.Append(piece.Text);
                    break;
                case ChoicePieceKind.End:
                    _finishReason = piece.Text;
                    break;
            }
        }

        public WrittenChoice Finish(GenerationResult? result) => new()
        {
            Text = _text.ToString(),
            Reasoning = _reasoning.ToString(),
            FinishReason = _finishReason,
            Logprobs = _logprobs,
            ThinkingTokens = result?.ThinkingTokens ?? 0,
            HasThought = result is { Thought: not ThoughtState.None },
            ThoughtIsCut = result is { Thought: ThoughtState.Cut },
            ThoughtIsOpen = result is { Thought: ThoughtState.Open },
        };

        private void AddTokens(IReadOnlyList<TokenReport> tokens)
        {
            foreach (var token in tokens)
            {
                if (_logprobs.Count > 0 || token.Bytes.AsSpan().ContainsAnyExcept((byte)'\n'))
                {
                    _logprobs.Add(token.Logprob);
                }
            }
        }
    }
}
