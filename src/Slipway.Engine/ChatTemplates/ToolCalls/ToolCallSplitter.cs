using System.Text;

namespace Slipway.Engine.ChatTemplates.ToolCalls;

/// <summary>
/// Splits a streamed answer into text and calls of tools. The joined pieces do not depend on how the answer was cut; what
/// is no proper call stays text, so that nothing the model wrote is lost. Not for use by several threads at once.
/// </summary>
public sealed class ToolCallSplitter(ToolCallFormat format)
{
    /// <summary>What opens a <see cref="ToolCallFormat.Tagged"/> call.</summary>
    public const string OpenMark = "<tool_call>";

    /// <summary>What closes it.</summary>
    public const string CloseMark = "</tool_call>";

    // Text may end with less of the mark than this.
    private const string SureMark = "<tool";

    // More than that is no space around a call; an output of nothing but line breaks must not be looked at again and again.
    private const int MostSpace = 64;

    private readonly StringBuilder _held = new();
    private State _state = format == ToolCallFormat.Bare ? State.BetweenBare : State.Text;
    private CallObject _call = new(needsArguments: false);
    private bool _isGiven;

    private enum State
    {
        /// <summary>Text, of which the end may be the beginning of a mark.</summary>
        Text,

        /// <summary>Inside a call's object.</summary>
        Call,

        /// <summary>Behind a tagged call's object, before its closing mark.</summary>
        Close,

        /// <summary>Where a bare call may begin: at the start, or behind another one.</summary>
        BetweenBare,

        /// <summary>Text to the end: a bare answer that is none but text.</summary>
        OnlyText,
    }

    /// <summary>Calls begun so far.</summary>
    public int Calls { get; private set; }

    // Marks hold no space: what ends with one is nothing but.
    private bool HoldsMostSpace => _held.Length >= MostSpace && char.IsWhiteSpace(_held[^1]);

    private bool IsInCall => _state == State.Call || _held.ToString().AsSpan().TrimStart().StartsWith(SureMark, StringComparison.Ordinal);

    /// <summary>Takes the next piece of the answer and adds what is certain to <paramref name="output"/>.</summary>
    /// <remarks>Held back is only what may turn out to be a mark, a call before its arguments, or whitespace before a call.</remarks>
    public void Push(string piece, List<ToolCallPiece> output)
    {
        ArgumentNullException.ThrowIfNull(piece);
        ArgumentNullException.ThrowIfNull(output);
        var text = new StringBuilder();
        foreach (var next in piece)
        {
            Take(next, text, output);
        }

        Emit(text, output);
        GiveArguments(output);
    }

    /// <summary>The answer has ended: adds what was held back as the text it turned out to be.</summary>
    /// <param name="output">Gets it.</param>
    /// <param name="isCut">The answer was cut off at its limit: the beginning of a call was going to be one, and is no text.</param>
    public void Flush(List<ToolCallPiece> output, bool isCut = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        var text = new StringBuilder();
        if (isCut && IsInCall)
        {
            GiveArguments(output);
            _held.Clear();
        }
        else if (_state == State.Call)
        {
            ReturnCall(text, output);
        }

        // Behind a call, whitespace and the beginning of a closing mark are the call's.
        if (Calls == 0 || (_state is not (State.Close or State.BetweenBare) && !string.IsNullOrWhiteSpace(_held.ToString())))
        {
            text.Append(_held);
        }

        _held.Clear();
        Emit(text, output);
    }

    private void Take(char next, StringBuilder text, List<ToolCallPiece> output)
    {
        switch (_state)
        {
            case State.Text:
                TakeText(next, text);
                break;
            case State.Call:
                TakeCall(next, text, output);
                break;
            case State.Close:
                TakeClose(next, text);
                break;
            case State.BetweenBare:
                TakeBetween(next, text, output);
                break;
            default:
                text.Append(next);
                break;
        }
    }

    private void TakeText(char next, StringBuilder text)
    {
        if (HoldsMostSpace)
        {
            text.Append(_held);
            _held.Clear();
        }

        _held.Append(next);
        var held = _held.ToString();
        var mark = held.AsSpan().TrimStart();
        if (mark.SequenceEqual(OpenMark))
        {
            // The whitespace before the mark goes with it, and stays in hand until the call is one.
            BeginCall();
            return;
        }

        if (OpenMark.AsSpan().StartsWith(mark, StringComparison.Ordinal))
        {
            return;
        }

        // What no longer begins a mark is text; its end may begin one anew.
        var keep = 0;
        while (keep < held.Length && !OpenMark.AsSpan().StartsWith(held.AsSpan(keep).TrimStart(), StringComparison.Ordinal))
        {
            keep++;
        }

        text.Append(_held, 0, keep);
        _held.Remove(0, keep);
    }

    private void TakeCall(char next, StringBuilder text, List<ToolCallPiece> output)
    {
        _call.Read(next);
        if (_call.IsBroken)
        {
            ReturnCall(text, output);
            return;
        }

        if (_call.IsAnnounced && !_isGiven)
        {
            Emit(text, output);
            output.Add(new(ToolCallPieceKind.Name, _call.Name!, Calls++));
            _held.Clear();
            _isGiven = true;
        }

        if (_call.IsWhole)
        {
            GiveArguments(output);
            _state = format == ToolCallFormat.Bare ? State.BetweenBare : State.Close;
        }
    }

    private void TakeClose(char next, StringBuilder text)
    {
        if (HoldsMostSpace && char.IsWhiteSpace(next))
        {
            return;
        }

        _held.Append(next);
        var mark = _held.ToString().AsSpan().TrimStart();
        if (mark.SequenceEqual(CloseMark))
        {
            _held.Clear();
            _state = State.Text;
        }
        else if (!CloseMark.AsSpan().StartsWith(mark, StringComparison.Ordinal))
        {
            // The model forgot to close the call; what it wrote instead is text, or the next call.
            var rest = _held.ToString();
            _held.Clear();
            _state = State.Text;
            foreach (var again in rest)
            {
                TakeText(again, text);
            }
        }
    }

    private void TakeBetween(char next, StringBuilder text, List<ToolCallPiece> output)
    {
        if (next == '{')
        {
            BeginCall();
            TakeCall(next, text, output);
        }
        else if (char.IsWhiteSpace(next) || (next is ';' or ',' && Calls > 0))
        {
            _held.Append(next);
        }
        else
        {
            text.Append(_held).Append(next);
            _held.Clear();
            _state = State.OnlyText;
        }
    }

    private void BeginCall()
    {
        _state = State.Call;
        _call = new CallObject(needsArguments: format == ToolCallFormat.Bare);
        _isGiven = false;
    }

    /// <summary>The call is none, or was cut off: what has not been given out of it becomes text, in which a call may begin anew.</summary>
    private void ReturnCall(StringBuilder text, List<ToolCallPiece> output)
    {
        GiveArguments(output);
        text.Append(_held);
        _held.Clear();
        var raw = _call.Raw;
        _state = format == ToolCallFormat.Bare ? State.OnlyText : State.Text;
        if (_call.IsBroken && _state == State.Text)
        {
            text.Append(raw.AsSpan(0, raw.Length - 1));
            TakeText(raw[^1], text);
        }
        else
        {
            text.Append(raw);
        }
    }

    private void GiveArguments(List<ToolCallPiece> output)
    {
        if (_state == State.Call && _call.IsAnnounced && _call.TakeArguments() is { Length: > 0 } arguments)
        {
            output.Add(new(ToolCallPieceKind.Arguments, arguments, Calls - 1));
        }
    }

    private static void Emit(StringBuilder text, List<ToolCallPiece> output)
    {
        if (text.Length > 0)
        {
            output.Add(new(ToolCallPieceKind.Text, text.ToString(), -1));
            text.Clear();
        }
    }
}
