using System.Diagnostics.CodeAnalysis;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Why a call was stopped from outside.</summary>
internal enum CallStop
{
    None,
    ClientLeft,
    Stopping,
    FirstTokenLate,
    TokenLate,
    WholeLate,
}

/// <summary>
/// The patience with one call: cancels what computes for it as soon as its client leaves or its time is up. The limits are
/// looked at by one timer for all calls, see <see cref="CallsInFlight"/>; a timer per call would cost more than the rest of this.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "A source without a timer holds nothing, and the timer for all calls may still cancel one that has just ended.")]
internal sealed class CallWatch(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly long _started = clock.GetTimestamp();
    private CancellationTokenSource _attempt = new();
    private CallStop _stop;
    private long _movedAt = clock.GetTimestamp();
    private long _silenceLimit;
    private CallStop _silenceStop;
    private long _wholeLimit;

    /// <summary>Called when a stream was silent for a while; null before it began.</summary>
    public Action? OnSilence { get; set; }

    /// <summary>Stops with the present try.</summary>
    public CancellationToken Token => _attempt.Token;

    public CallStop Stopped => _stop;

    public bool IsOver => _stop is CallStop.ClientLeft or CallStop.Stopping or CallStop.WholeLate or CallStop.TokenLate;

    internal int Place { get; set; }

    public TimeSpan Elapsed => clock.GetElapsedTime(_started);

    /// <summary>Limits the call as a whole; zero is no limit.</summary>
    public void LimitWhole(TimeSpan limit) => _wholeLimit = Ticks(limit);

    /// <summary>Begins a try, which may be silent for so long; zero is no limit.</summary>
    public void BeginTry(TimeSpan silence)
    {
        lock (_gate)
        {
            if (!IsOver && _attempt.IsCancellationRequested)
            {
                _attempt = new CancellationTokenSource();
                _stop = CallStop.None;
            }

            Volatile.Write(ref _movedAt, clock.GetTimestamp());
            (_silenceLimit, _silenceStop) = (Ticks(silence), CallStop.FirstTokenLate);
        }
    }

    /// <summary>The first chunk is there; from now on chunks may be so far apart.</summary>
    public void BeginStream(TimeSpan silence)
    {
        lock (_gate)
        {
            Volatile.Write(ref _movedAt, clock.GetTimestamp());
            (_silenceLimit, _silenceStop) = (Ticks(silence), CallStop.TokenLate);
        }
    }

    /// <summary>A chunk came.</summary>
    public void Moved() => Volatile.Write(ref _movedAt, clock.GetTimestamp());

    /// <summary>What follows waits for the client: no silence of the upstream's.</summary>
    public void WaitForClient() => Volatile.Write(ref _movedAt, long.MaxValue);

    public void Stop(CallStop why)
    {
        lock (_gate)
        {
            // A try that is given up may be followed by another one, which must learn that it is no use any more.
            if (_stop is not CallStop.None && !(_stop is CallStop.FirstTokenLate && why is CallStop.ClientLeft or CallStop.Stopping))
            {
                return;
            }

            _stop = why;
        }

        // Outside the lock: what is cancelled runs its continuation here.
        _attempt.Cancel();
    }

    /// <summary>Looks at the clock.</summary>
    internal void Check(long now)
    {
        if (_wholeLimit > 0 && now - _started > _wholeLimit)
        {
            Stop(CallStop.WholeLate);
        }
        else if (_silenceLimit > 0 && now - Volatile.Read(ref _movedAt) > _silenceLimit)
        {
            Stop(_silenceStop);
        }
        else
        {
            OnSilence?.Invoke();
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * clock.TimestampFrequency);
}
