using Slipway.Engine.ChatTemplates.ToolCalls;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tokenizers;

namespace Slipway.Server.Serving.Completions;

/// <summary>One choice of a completion: its generation, with the calls of tools told from the text.</summary>
/// <param name="index">Its number.</param>
/// <param name="generation">What makes it.</param>
/// <param name="splitter">Finds the calls; null where no tools were given.</param>
/// <param name="mayCallSeveral">Else the second call ends the choice.</param>
/// <param name="tokenizer">Spells tokens.</param>
/// <param name="reportsTokens">Whether probabilities come.</param>
internal sealed class ChoiceReader(
    int index, Generation generation, ToolCallSplitter? splitter, bool mayCallSeveral, Tokenizer tokenizer, bool reportsTokens)
{
    private readonly List<ToolCallPiece> _split = [];
    private readonly List<ChoicePiece> _ready = [];
    private string _awaitsTokens = "";

    public Generation Generation => generation;

    /// <summary>The pieces as they are made, the end last; to be read once. It ends early when the generation is cancelled.</summary>
    public async IAsyncEnumerable<ChoicePiece> ReadAsync()
    {
        await foreach (var piece in generation.ReadAllAsync(CancellationToken.None))
        {
            Take(piece);
            foreach (var ready in _ready)
            {
                yield return ready;
            }

            _ready.Clear();
            if (IsEndedByCall)
            {
                generation.Cancel();
                break;
            }
        }

        Finish();
        foreach (var ready in _ready)
        {
            yield return ready;
        }

        var result = await generation.Completion;
        yield return new ChoicePiece(index, ChoicePieceKind.End, result.Reason switch
        {
            FinishReason.Length => "length",
            _ when splitter is { Calls: > 0 } => "tool_calls",
            _ => "stop",
        });
    }

    private bool IsEndedByCall => !mayCallSeveral && splitter is { Calls: > 1 };

    private void Take(GenerationPiece piece)
    {
        if (piece.Kind == PieceKind.Thinking)
        {
            Add(ChoicePieceKind.Reasoning, piece.Text);
            return;
        }

        if (piece.Text.Length > 0)
        {
            Split(piece.Text);
        }

        if (piece.Tokens is { } tokens)
        {
            _ready.Add(new ChoicePiece(index, ChoicePieceKind.Content, _awaitsTokens, Tokens: [.. tokens.Select(Report)]));
            _awaitsTokens = "";
        }
    }

    private void Split(string text)
    {
        if (splitter is null)
        {
            AddContent(text);
            return;
        }

        _split.Clear();
        splitter.Push(text, _split);
        AddSplit();
    }

    private void Finish()
    {
        _split.Clear();
        if (!IsEndedByCall)
        {
            splitter?.Flush(_split, generation.Result?.Reason == FinishReason.Length);
            AddSplit();
        }

        Add(ChoicePieceKind.Content, _awaitsTokens);
    }

    private void AddSplit()
    {
        foreach (var piece in _split.Where(piece => mayCallSeveral || piece.Call <= 0))
        {
            switch (piece.Kind)
            {
                case ToolCallPieceKind.Text:
                    AddContent(piece.Text);
                    break;
                case ToolCallPieceKind.Name:
                    Add(ChoicePieceKind.CallName, piece.Text, piece.Call);
                    break;
                default:
                    Add(ChoicePieceKind.CallArguments, piece.Text, piece.Call);
                    break;
            }
        }
    }

    // The engine writes a token's text first and its probability behind it; clients want them in one piece.
    private void AddContent(string text)
    {
        if (reportsTokens)
        {
            _awaitsTokens += text;
        }
        else
        {
            Add(ChoicePieceKind.Content, text);
        }
    }

    private void Add(ChoicePieceKind kind, string text, int call = 0)
    {
        if (text.Length > 0)
        {
            _ready.Add(new ChoicePiece(index, kind, text, call));
        }
    }

    private TokenReport Report(TokenProbability token) => new(
        tokenizer.GetBytes(token.Id).ToArray(),
        token.Logprob,
        [.. token.Top.Select(top => new TokenReport(tokenizer.GetBytes(top.Id).ToArray(), top.Logprob, []))]);
}
