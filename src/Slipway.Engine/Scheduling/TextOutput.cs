using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Sampling;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Scheduling;

/// <summary>Turns the tokens of one answer into pieces: characters made whole, thought told from answer, stop texts cut off.</summary>
internal sealed class TextOutput(Tokenizer tokenizer, GenerationRequest request)
{
    private readonly StreamingDetokenizer _detokenizer = new(tokenizer);
    private readonly ReasoningSplitter _splitter = new(request.StartsInThought ? "<think>" : "");
    private readonly List<ReasoningPiece> _split = [];
    private readonly StopMatcher _stop = new(request.Stop);
    private readonly bool _followsThought = request.SplitThinking || request.ThinkingBudget is not null;
    private bool _isCut;

    /// <summary>Whether a stop text was met.</summary>
    public bool IsStopped => _stop.IsStopped;

    /// <summary>Whether the thought is open. Known only where it is split off or limited.</summary>
    public bool InThought => _followsThought && _splitter.InThought;

    /// <summary>Whether the tokens so far end inside a character.</summary>
    public bool IsInsideCharacter => _detokenizer.IsInsideCharacter;

    /// <summary>Tokens of the thought so far.</summary>
    public int ThinkingTokens { get; private set; }

    /// <summary>Tokens behind the thought so far; the line breaks between the two belong to neither.</summary>
    public int AnswerTokens { get; private set; }

    /// <summary>What became of the thought so far.</summary>
    public ThoughtState Thought =>
        InThought ? ThoughtState.Open
        : _isCut ? ThoughtState.Cut
        : ThinkingTokens > 0 ? ThoughtState.Closed
        : ThoughtState.None;

    /// <summary>Notes that the tokens to come close the thought, and are not the model's.</summary>
    public void CutThought() => _isCut = true;

    /// <summary>Adds a token and writes what became certain.</summary>
    public void Push(int token, TokenProbability? probability, Generation generation)
    {
        var wasInThought = _followsThought && _splitter.InThought;
        Split(_detokenizer.Append(token), generation);
        // The marks belong to the thought: the opening one is made before it, the closing one inside.
        var isThought = wasInThought || InThought;
        if (isThought)
        {
            ThinkingTokens++;
        }
        else if (AnswerTokens > 0 || tokenizer.GetBytes(token).ContainsAnyExcept((byte)'\n'))
        {
            AnswerTokens++;
        }
        if (probability is not null)
        {
            generation.Write(new GenerationPiece(isThought ? PieceKind.Thinking : PieceKind.Answer, "", [probability]));
        }
    }

    /// <summary>Writes what was held back.</summary>
    public void Finish(Generation generation)
    {
        Split(_detokenizer.Flush(), generation);
        if (_followsThought)
        {
            _split.Clear();
            _splitter.Flush(_split);
            if (request.SplitThinking)
            {
                WriteSplit(generation);
            }
        }
        Write(PieceKind.Answer, _stop.Flush(), generation);
    }

    private void Split(string text, Generation generation)
    {
        if (text.Length == 0)
        {
            return;
        }
        if (_followsThought)
        {
            _split.Clear();
            _splitter.Push(text, _split);
        }
        if (request.SplitThinking)
        {
            WriteSplit(generation);
        }
        else
        {
            Write(PieceKind.Answer, _stop.Push(text), generation);
        }
    }

    private void WriteSplit(Generation generation)
    {
        foreach (var piece in _split)
        {
            if (piece.IsThought)
            {
                Write(PieceKind.Thinking, piece.Text, generation);
            }
            else
            {
                Write(PieceKind.Answer, _stop.Push(piece.Text), generation);
            }
        }
    }

    private static void Write(PieceKind kind, string text, Generation generation)
    {
        if (text.Length > 0)
        {
            generation.Write(new GenerationPiece(kind, text));
        }
    }
}
