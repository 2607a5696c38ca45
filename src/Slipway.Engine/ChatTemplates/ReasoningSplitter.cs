namespace Slipway.Engine.ChatTemplates;

/// <summary>
/// Tells a model's thought from its answer while both stream. Only a thought at the very beginning counts: a mark in
/// the middle of an answer is text. The marks themselves are taken out, with the line breaks that belong to them: one
/// after the opening mark, one before the closing mark, two after it.
/// </summary>
public sealed class ReasoningSplitter
{
    private readonly string _open;
    private readonly string _close;
    private string _held = "";
    private State _state;
    private int _breaksToSkip;

    /// <param name="renderedPrompt">The prompt: it alone tells whether the template has already opened the thought.</param>
    /// <param name="open">Mark that begins a thought.</param>
    /// <param name="close">Mark that ends it.</param>
    public ReasoningSplitter(string renderedPrompt, string open = "<think>", string close = "</think>")
    {
        ArgumentNullException.ThrowIfNull(renderedPrompt);
        ArgumentException.ThrowIfNullOrEmpty(open);
        ArgumentException.ThrowIfNullOrEmpty(close);
        (_open, _close) = (open, close);
        var opened = renderedPrompt.LastIndexOf(open, StringComparison.Ordinal);
        StartsInThought = opened >= 0 && string.IsNullOrWhiteSpace(renderedPrompt[(opened + open.Length)..]);
        if (StartsInThought)
        {
            _state = State.Thought;
            _breaksToSkip = renderedPrompt.EndsWith('\n') ? 0 : 1;
        }
    }

    /// <summary>Whether the output begins inside a thought that the template opened.</summary>
    public bool StartsInThought { get; }

    /// <summary>Whether the thought is open after what was pushed so far.</summary>
    public bool InThought => _state == State.Thought;

    /// <summary>Adds output; what can be told apart goes to <paramref name="output"/>, what may be part of a mark is held back.</summary>
    public void Push(string piece, List<ReasoningPiece> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _held += piece;
        var before = _state;
        do
        {
            before = _state;
            Advance(output);
        }
        while (_state != before);
    }

    /// <summary>Gives out what was held back, when no more comes.</summary>
    public void Flush(List<ReasoningPiece> output)
    {
        SkipBreaks();
        Emit(_held.Length, _state == State.Thought, output);
    }

    private void Advance(List<ReasoningPiece> output)
    {
        SkipBreaks();
        switch (_state)
        {
            case State.Beginning: Begin(); break;
            case State.Thought: Think(output); break;
            default: Emit(_held.Length, isThought: false, output); break;
        }
    }

    private void Begin()
    {
        var text = _held.AsSpan().TrimStart();
        if (text.StartsWith(_open, StringComparison.Ordinal))
        {
            _held = text[_open.Length..].ToString();
            (_state, _breaksToSkip) = (State.Thought, 1);
        }
        else if (!_open.AsSpan().StartsWith(text, StringComparison.Ordinal))
        {
            _state = State.Answer;
        }
    }

    private void Think(List<ReasoningPiece> output)
    {
        var end = _held.IndexOf(_close, StringComparison.Ordinal);
        if (end < 0)
        {
            Emit(_held.Length - HeldBack(), isThought: true, output);
            return;
        }
        var rest = _held[(end + _close.Length)..];
        _held = _held[..end];
        Emit(_held.EndsWith('\n') ? _held.Length - 1 : _held.Length, isThought: true, output);
        (_held, _state, _breaksToSkip) = (rest, State.Answer, 2);
    }

    /// <summary>Length of the end that may turn out to be a closing mark, or the line break before one.</summary>
    private int HeldBack()
    {
        for (var length = Math.Min(_close.Length - 1, _held.Length); length > 0; length--)
        {
            if (_close.AsSpan().StartsWith(_held.AsSpan(_held.Length - length), StringComparison.Ordinal))
            {
                return length < _held.Length && _held[^(length + 1)] == '\n' ? length + 1 : length;
            }
        }
        return _held.EndsWith('\n') ? 1 : 0;
    }

    private void SkipBreaks()
    {
        while (_breaksToSkip > 0 && _held.Length > 0)
        {
            if (_held[0] != '\n')
            {
                _breaksToSkip = 0;
                return;
            }
            _held = _held[1..];
            _breaksToSkip--;
        }
    }

    private void Emit(int length, bool isThought, List<ReasoningPiece> output)
    {
        if (length > 0)
        {
            output.Add(new ReasoningPiece(isThought, _held[..length]));
            _held = _held[length..];
        }
    }

    private enum State
    {
        Beginning,
        Thought,
        Answer,
    }
}
