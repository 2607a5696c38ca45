namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Whether an upstream may be called.</summary>
internal enum BreakerState
{
    Closed,
    HalfOpen,
    Open,
}

/// <summary>
/// Leaves an upstream alone that keeps failing, and lets one call through now and then to see whether it is back.
/// Being busy is no failure: it only asks to be left alone until a time of its own.
/// </summary>
internal sealed class Breaker(BreakerOptions options, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private BreakerState _state;
    private int _inARow;
    private int _calls;
    private int _failures;
    private long _windowFrom = clock.GetTimestamp();
    private long _closedUntil;
    private long _busyUntil;
    private TimeSpan _cooldown = options.Cooldown;
    private bool _isProbing;

    public BreakerState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>How long until it may be called; zero when it may be now.</summary>
    public TimeSpan Wait()
    {
        lock (_gate)
        {
            return Wait_NeedsLock();
        }
    }

    /// <summary>Takes the right to one call. It is given back by one of the three that tell how the call went.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_state is BreakerState.Closed)
            {
                return true;
            }

            if (_isProbing || Wait_NeedsLock() > TimeSpan.Zero)
            {
                return false;
            }

            _state = BreakerState.HalfOpen;
            _isProbing = true;
            return true;
        }
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            Count_NeedsLock(failed: false);
            _inARow = 0;
            if (_state is not BreakerState.Closed)
            {
                Close_NeedsLock();
            }
        }
    }

    public void Failed()
    {
        lock (_gate)
        {
            Count_NeedsLock(failed: true);
            _inARow++;
            if (_state is BreakerState.HalfOpen)
            {
                _cooldown = TimeSpan.FromTicks(Math.Min(_cooldown.Ticks * 2, Math.Max(options.LongestCooldown.Ticks, options.Cooldown.Ticks)));
                Open_NeedsLock();
            }
            else if (_state is BreakerState.Closed && (_inARow >= options.Failures || IsFailingOften_NeedsLock()))
            {
                Open_NeedsLock();
            }
        }
    }

    /// <summary>Forgets all that was: what is behind it now is another one.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            Close_NeedsLock();
            (_inARow, _busyUntil) = (0, 0);
        }
    }

    /// <summary>The call ended without telling anything: the client left, or the upstream is busy for a while.</summary>
    public void Unclear(TimeSpan? busyFor = null)
    {
        lock (_gate)
        {
            _isProbing = false;
            if (busyFor is { } span && span > TimeSpan.Zero)
            {
                _busyUntil = Math.Max(_busyUntil, After(span));
            }
        }
    }

    private TimeSpan Wait_NeedsLock()
    {
        var until = _state is BreakerState.Closed ? _busyUntil : Math.Max(_busyUntil, _closedUntil);
        var now = clock.GetTimestamp();
        return until > now ? clock.GetElapsedTime(now, until) : TimeSpan.Zero;
    }

    private void Count_NeedsLock(bool failed)
    {
        if (clock.GetElapsedTime(_windowFrom) > options.Window)
        {
            (_windowFrom, _calls, _failures) = (clock.GetTimestamp(), 0, 0);
        }

        _calls++;
        _failures += failed ? 1 : 0;
    }

    private bool IsFailingOften_NeedsLock() => _calls >= options.MinimumCalls && _failures >= options.FailureShare * _calls;

    private void Open_NeedsLock()
    {
        _state = BreakerState.Open;
        _isProbing = false;
        _closedUntil = After(_cooldown);
    }

    private void Close_NeedsLock()
    {
        _state = BreakerState.Closed;
        _isProbing = false;
        _cooldown = options.Cooldown;
        (_windowFrom, _calls, _failures) = (clock.GetTimestamp(), 0, 0);
    }

    private long After(TimeSpan span) => clock.GetTimestamp() + (long)(span.TotalSeconds * clock.TimestampFrequency);
}
