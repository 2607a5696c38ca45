using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Every call in flight, looked after by one timer.</summary>
internal sealed class CallsInFlight : IDisposable
{
    /// <summary>Limits are kept to within this.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _onStop;
    private CallWatch[] _calls = new CallWatch[64];
    private CallWatch[] _looked = [];
    private int _count;
    private int _looking;

    public CallsInFlight(TimeProvider clock, StopGrace grace)
    {
        _clock = clock;
        _timer = clock.CreateTimer(_ => Look(), null, Tick, Tick);
        _onStop = grace.Ended.UnsafeRegister(static self => ((CallsInFlight)self!).StopAll(), this);
    }

    public int Count => Volatile.Read(ref _count);

    public void Add(CallWatch call)
    {
        lock (_gate)
        {
            if (_count == _calls.Length)
            {
                Array.Resize(ref _calls, _count * 2);
            }

            call.Place = _count;
            _calls[_count++] = call;
        }
    }

    public void Remove(CallWatch call)
    {
        lock (_gate)
        {
            var last = _calls[--_count];
            _calls[call.Place] = last;
            last.Place = call.Place;
            _calls[_count] = null!;
        }
    }

    public void Dispose()
    {
        _onStop.Dispose();
        _timer.Dispose();
    }

    private void Look()
    {
        // A look that takes longer than the pause to the next one is not joined by that.
        if (Interlocked.Exchange(ref _looking, 1) == 1)
        {
            return;
        }

        var count = Copy();
        var now = _clock.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            _looked[i].Check(now);
        }

        Array.Clear(_looked, 0, count);
        Volatile.Write(ref _looking, 0);
    }

    private void StopAll()
    {
        CallWatch[] calls;
        lock (_gate)
        {
            calls = _calls.AsSpan(0, _count).ToArray();
        }

        foreach (var call in calls)
        {
            call.Stop(CallStop.Stopping);
        }
    }

    private int Copy()
    {
        lock (_gate)
        {
            if (_looked.Length < _count)
            {
                _looked = new CallWatch[_calls.Length];
            }

            Array.Copy(_calls, _looked, _count);
            return _count;
        }
    }
}
