namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Finds where a JSON object or array ends, byte by byte and over any number of pieces, without reading what is in it.</summary>
internal struct JsonEnd
{
    private int _depth;
    private bool _inText;
    private bool _isEscaped;

    /// <summary>Takes the next byte, the opening bracket first; true at the bracket that closes it.</summary>
    /// <exception cref="FormatException">A line ends inside a text: this is no JSON, or its end is missing.</exception>
    public bool Take(byte value)
    {
        if (_inText)
        {
            if (value is (byte)'\n')
            {
                throw new FormatException("A line ends inside a text.");
            }
            _inText = _isEscaped || value != (byte)'"';
            _isEscaped = !_isEscaped && value == (byte)'\\';
            return false;
        }
        switch (value)
        {
            case (byte)'"':
                _inText = true;
                return false;
            case (byte)'{' or (byte)'[':
                _depth++;
                return false;
            case (byte)'}' or (byte)']':
                return --_depth == 0;
            default:
                return false;
        }
    }

    /// <summary>Whether these bytes are one value from its first bracket to its last, blanks around it aside.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> json)
    {
        json = json.Trim(" \t\r\n"u8);
        if (json.IsEmpty || json[0] is not ((byte)'{' or (byte)'['))
        {
            return false;
        }
        var end = default(JsonEnd);
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] != (byte)'\n' && end.Take(json[i]))
            {
                return i == json.Length - 1;
            }
        }
        return false;
    }
}
