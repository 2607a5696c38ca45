using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Slipway.Engine.ChatTemplates.ToolCalls;

/// <summary>
/// Reads <c>{"name": …, "arguments": …}</c> one character at a time. Arguments are given out as they come once the name is
/// known; what has not been given out stands in <see cref="Raw"/>, so that it can be given back as the text it was.
/// </summary>
/// <param name="needsArguments">Whether a name alone is not enough: where there is no mark, any object may have a name.</param>
internal sealed class CallObject(bool needsArguments)
{
    /// <summary>What the fields of a call may be called; another one tells that this is some other object.</summary>
    private static readonly SearchValues<string> Fields =
        SearchValues.Create(["name", "arguments", "parameters", "type", "id", "function"], StringComparison.Ordinal);

    private readonly StringBuilder _raw = new();
    private readonly StringBuilder _value = new();
    private readonly StringBuilder _pending = new();
    private State _state = State.Open;
    private ValueScanner _scanner;
    private string _field = "";
    private string? _arguments;
    private bool _hasArguments;

    private enum State
    {
        Open,
        FieldOrEnd,
        Field,
        Colon,
        ValueStart,
        Value,
        AfterValue,
        Whole,
        Broken,
    }

    /// <summary>The object is closed and is a call.</summary>
    public bool IsWhole => _state == State.Whole;

    /// <summary>It is no call.</summary>
    public bool IsBroken => _state == State.Broken;

    /// <summary>The tool; null until known.</summary>
    public string? Name { get; private set; }

    /// <summary>Whether name and arguments may be given out: from the first character of the arguments on, or at the end.</summary>
    public bool IsAnnounced { get; private set; }

    /// <summary>The characters that were read and neither given out nor about to be.</summary>
    public string Raw => _raw.ToString();

    /// <summary>Takes the arguments that came since the last time.</summary>
    public string TakeArguments()
    {
        var arguments = _pending.ToString();
        _pending.Clear();
        return arguments;
    }

    /// <summary>Reads one more character; not after the end or a break.</summary>
    public void Read(char next)
    {
        if (_state != State.Value || !IsStreaming)
        {
            _raw.Append(next);
        }

        // The end of a bare value (a number, a word) is only seen at the character after it, which is then read itself.
        if (_state == State.Value && !TakeValue(next))
        {
            return;
        }

        _state = _state switch
        {
            State.Field => TakeField(next),
            _ when next is ' ' or '\t' or '\r' or '\n' => _state,
            State.Open => next == '{' ? State.FieldOrEnd : State.Broken,
            State.FieldOrEnd => BeginField(next),
            State.Colon => next == ':' ? State.ValueStart : State.Broken,
            State.ValueStart => BeginValue(next),
            State.AfterValue => next switch
            {
                ',' => State.FieldOrEnd,
                '}' => End(),
                _ => State.Broken,
            },
            _ => State.Broken,
        };
    }

    private State BeginField(char next)
    {
        _value.Clear();
        _scanner = default;
        return next switch
        {
            '"' => TakeField(next),
            '}' => End(),
            _ => State.Broken,
        };
    }

    private State TakeField(char next)
    {
        _value.Append(next);
        if (_scanner.Take(next))
        {
            return State.Field;
        }

        _field = Unquote(_value.ToString()) ?? "";
        return Fields.Contains(_field) ? State.Colon : State.Broken;
    }

    private State BeginValue(char next)
    {
        _value.Clear();
        _scanner = default;
        if (next is ',' or '}' or ']' or ':')
        {
            return State.Broken;
        }

        _hasArguments |= IsArguments;
        if (IsArguments && Name is not null && next == '{')
        {
            IsAnnounced = true;
            _raw.Clear();
        }

        _state = State.Value;
        _ = TakeValue(next);
        return _state;
    }

    private bool IsArguments => _field is "arguments" or "parameters";

    private bool IsStreaming => IsAnnounced && IsArguments;

    /// <summary>False when the character was the value's own; true when it stands behind it and is to be read as what comes next.</summary>
    private bool TakeValue(char next)
    {
        if (_scanner.IsBare && _scanner.EndsBefore(next))
        {
            EndValue();
            return true;
        }

        _ = IsStreaming ? _pending.Append(next) : _value.Append(next);
        if (!_scanner.Take(next))
        {
            EndValue();
        }

        return false;
    }

    private void EndValue()
    {
        _state = State.AfterValue;
        if (_field is "name" or "function" && Name is null)
        {
            Name = Unquote(_value.ToString());
            _state = string.IsNullOrEmpty(Name) ? State.Broken : _state;
        }
        else if (IsArguments && !IsStreaming)
        {
            // A text that holds the JSON is what some models write instead of the object.
            var value = _value.ToString();
            _arguments = Unquote(value) ?? (value == "null" ? null : value);
        }
    }

    private State End()
    {
        if (Name is null || (needsArguments && !_hasArguments))
        {
            return State.Broken;
        }

        if (!IsAnnounced)
        {
            IsAnnounced = true;
            _pending.Append(string.IsNullOrWhiteSpace(_arguments) ? "{}" : _arguments);
        }

        return State.Whole;
    }

    /// <summary>The text that a JSON string stands for; null when it is none.</summary>
    private static string? Unquote(string json)
    {
        if (json.Length < 2 || json[0] != '"')
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.GetString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null; // A raw line break, or half of a surrogate pair.
        }
    }
}
