namespace Slipway.Engine.ChatTemplates;

/// <summary>
/// Splits a streamed output into reasoning and answer. Only a thought at the very beginning counts; a mark that the answer
/// mentions later is text. The joined pieces do not depend on how the output was cut. Not for use by several threads at once.
/// </summary>
public sealed class ReasoningSplitter
{
    // The blank line between a thought and its answer.
    private const int NewlinesAfterClose = 2;

    private readonly string _open;
    private readonly string _close;
    private readonly string _closeOnNewLine;
    private State _state = State.Beginning;
    private string _held = "";
    private int _newlinesToSkip;

    /// <param name="renderedPrompt">
    /// The prompt as the model got it. When it ends with the open mark, whitespace aside, the template has begun a thought and
    /// the output continues it; no setting tells this as surely.
    /// </param>
    /// <param name="open">The mark that begins a thought; not empty.</param>
    /// <param name="close">The mark that ends it; not empty.</param>
    public ReasoningSplitter(string renderedPrompt, string open = "<think>", string close = "</think>")
    {
        ArgumentNullException.ThrowIfNull(renderedPrompt);
        ArgumentException.ThrowIfNullOrEmpty(open);
        ArgumentException.ThrowIfNullOrEmpty(close);
        (_open, _close, _closeOnNewLine) = (open, close, "\n" + close);
        var prompt = renderedPrompt.AsSpan().TrimEnd();
        if (prompt.EndsWith(open, StringComparison.Ordinal))
        {
            StartsInThought = true;
            BeginThought(newlineIsPending: prompt.Length == renderedPrompt.Length);
        }
    }

    private enum State
    {
        Beginning,
        Thought,
        Answer,
    }

    /// <summary>The prompt left a thought open, so the output begins inside it.</summary>
    public bool StartsInThought { get; }

    /// <summary>What comes next belongs to a thought, unless it begins with the close mark.</summary>
    public bool InThought => _state == State.Thought;

    /// <summary>Takes the next piece of the output and adds what is certain to <paramref name="output"/>.</summary>
    /// <remarks>Held back is only what may turn out to be a mark or the whitespace that goes with one.</remarks>
    public void Push(string piece, List<ReasoningPiece> output)
    {
        ArgumentNullException.ThrowIfNull(piece);
        ArgumentNullException.ThrowIfNull(output);
        var text = _held.Length == 0 ? piece : _held + piece;
        _held = "";
        while (text.Length > 0)
        {
            text = SkipNewlines(text);
            text = _state switch
            {
                State.Beginning => TakeBeginning(text, output),
                State.Thought => TakeThought(text, output),
                _ => TakeAll(text, output),
            };
        }
    }

    /// <summary>The output has ended: adds what was held back as the text it turned out to be.</summary>
    public void Flush(List<ReasoningPiece> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Emit(_held, output);
        _held = "";
    }

    private void BeginThought(bool newlineIsPending)
    {
        _state = State.Thought;
        _newlinesToSkip = newlineIsPending ? 1 : 0;
    }

    private string SkipNewlines(string text)
    {
        var skipped = 0;
        while (_newlinesToSkip > 0 && skipped < text.Length && text[skipped] == '\n')
        {
            skipped++;
            _newlinesToSkip--;
        }

        // Another character ends the run; the end of the piece does not.
        _newlinesToSkip = skipped < text.Length ? 0 : _newlinesToSkip;
        return text[skipped..];
    }

    /// <summary>Each of these returns what is still to be looked at, by the next state.</summary>
    private string TakeBeginning(string text, List<ReasoningPiece> output)
    {
        var first = text.AsSpan().TrimStart();
        if (first.StartsWith(_open, StringComparison.Ordinal))
        {
            BeginThought(newlineIsPending: true);
            return first[_open.Length..].ToString();
        }

        if (_open.AsSpan().StartsWith(first, StringComparison.Ordinal))
        {
            _held = text;
            return "";
        }

        _state = State.Answer;
        return TakeAll(text, output);
    }

    private string TakeThought(string text, List<ReasoningPiece> output)
    {
        var end = text.IndexOf(_close, StringComparison.Ordinal);
        if (end < 0)
        {
            var held = HeldLength(text);
            Emit(text[..^held], output);
            _held = text[^held..];
            return "";
        }

        Emit(end > 0 && text[end - 1] == '\n' ? text[..(end - 1)] : text[..end], output);
        _state = State.Answer;
        _newlinesToSkip = NewlinesAfterClose;
        return text[(end + _close.Length)..];
    }

    private string TakeAll(string text, List<ReasoningPiece> output)
    {
        Emit(text, output);
        return "";
    }

    /// <summary>How much of the end may be the beginning of the close mark, or of the newline before it.</summary>
    private int HeldLength(string text)
    {
        for (var length = Math.Min(text.Length, _close.Length); length > 0; length--)
        {
            var end = text.AsSpan(text.Length - length);
            if (_close.AsSpan().StartsWith(end, StringComparison.Ordinal)
                || _closeOnNewLine.AsSpan().StartsWith(end, StringComparison.Ordinal))
            {
                return length;
            }
        }

        return 0;
    }

    private void Emit(string text, List<ReasoningPiece> output)
    {
        if (text.Length > 0)
        {
            output.Add(new(InThought, text));
        }
    }
}
