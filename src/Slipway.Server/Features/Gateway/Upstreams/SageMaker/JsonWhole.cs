namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Whether bytes that come in pieces are one JSON object or array so far, from its first bracket to its last, blanks around it aside.</summary>
internal struct JsonWhole
{
    private JsonEnd _end;
    private State _state;

    private enum State
    {
        Before,
        Inside,
        Behind,
        Other,
    }

    public readonly bool IsWhole => _state == State.Behind;

    /// <summary>Takes a line, or a piece of one.</summary>
    public void Take(ReadOnlySpan<byte> json)
    {
        for (var i = 0; i < json.Length && _state != State.Other; i++)
        {
            Take(json[i]);
        }
    }

    private void Take(byte value)
    {
        if (_state != State.Inside && value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            return;
        }
        if (_state == State.Before && value is (byte)'{' or (byte)'[')
        {
            _state = State.Inside;
        }
        _state = _state != State.Inside ? State.Other
            : _end.Take(value) ? State.Behind
            : State.Inside;
    }
}
