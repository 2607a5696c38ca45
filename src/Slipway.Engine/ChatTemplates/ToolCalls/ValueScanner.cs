namespace Slipway.Engine.ChatTemplates.ToolCalls;

/// <summary>Finds the end of one JSON value by its quotes and brackets alone. Starts at the value's first character.</summary>
internal struct ValueScanner
{
    private int _depth;
    private bool _isInString;
    private bool _isEscaped;

    /// <summary>A number or a word is being read: it has no end of its own.</summary>
    public bool IsBare { get; private set; }

    /// <summary>Whether <paramref name="next"/> stands behind a bare value.</summary>
    public readonly bool EndsBefore(char next) => IsBare && next is ',' or '}' or ']' or ' ' or '\t' or '\r' or '\n';

    /// <summary>Takes a character of the value; false when it was the last.</summary>
    public bool Take(char next)
    {
        if (_isInString)
        {
            TakeInString(next);
        }
        else if (next == '"')
        {
            _isInString = true;
        }
        else if (next is '{' or '[')
        {
            _depth++;
        }
        else if (next is '}' or ']')
        {
            _depth--;
        }
        else if (_depth == 0)
        {
            IsBare = true;
        }

        return IsBare || _isInString || _depth > 0;
    }

    private void TakeInString(char next)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
        }
        else if (next == '\\')
        {
            _isEscaped = true;
        }
        else if (next == '"')
        {
            _isInString = false;
        }
    }
}
