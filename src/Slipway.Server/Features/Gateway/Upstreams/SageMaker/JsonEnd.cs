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
}
