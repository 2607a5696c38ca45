using System.Diagnostics;

namespace Slipway.Engine.Memory;

/// <summary>A fixed set of threads that run one <see cref="TeamTask"/> after the other with the calling thread among them.</summary>
/// <remarks>
/// A step of a small model is over a hundred tasks of tens of microseconds, so handing over must cost about one.
/// Workers therefore spin for the next task and park only after <see cref="SpinTime"/> without one.
/// Only one thread at a time may call <see cref="Run"/>.
/// </remarks>
internal sealed class WorkerTeam : IDisposable
{
    private static readonly long SpinTime = Stopwatch.Frequency / 2_000; // 0.5 ms, longer than sampling between two steps
    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private TeamTask? _task;
    private Exception? _fault;
    private int _turn;
    private int _busy;
    private int _parked;
    private volatile bool _stopping;

    public WorkerTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
        _threads = new Thread[size - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"slipway worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Workers, the caller included.</summary>
    public int Size { get; }

    /// <summary>Runs the task on every worker and returns when all have finished.</summary>
    public void Run(TeamTask task)
    {
        task.Begin();
        if (_threads.Length > 0)
        {
            _task = task;
            Volatile.Write(ref _busy, _threads.Length);
            Interlocked.Increment(ref _turn);
            WakeParked();
        }
        try
        {
            task.Execute(0);
        }
        finally
        {
            WaitForOthers();
        }
        if (Interlocked.Exchange(ref _fault, null) is { } fault)
        {
            throw new InvalidOperationException("A worker failed; the step is lost.", fault);
        }
    }

    public void Dispose()
    {
        _stopping = true;
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work(int worker)
    {
        var seen = 0;
        while (WaitForTurn(seen))
        {
            seen = Volatile.Read(ref _turn);
            try
            {
                _task!.Execute(worker);
            }
            catch (Exception exception) when (!_stopping)
            {
                _fault = exception;
            }
            Interlocked.Decrement(ref _busy);
        }
    }

    private bool WaitForTurn(int seen)
    {
        var started = Stopwatch.GetTimestamp();
        for (var spins = 1; !_stopping; spins++)
        {
            if (Volatile.Read(ref _turn) != seen)
            {
                return true;
            }
            Thread.SpinWait(4);
            if (spins % 64 == 0 && Stopwatch.GetTimestamp() - started > SpinTime)
            {
                Park(seen);
            }
        }
        return false;
    }

    private void Park(int seen)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _parked); // A full fence: the caller sees either this or the turn that we see below.
            while (Volatile.Read(ref _turn) == seen && !_stopping)
            {
                Monitor.Wait(_gate);
            }
            _parked--;
        }
    }

    private void WakeParked()
    {
        if (Volatile.Read(ref _parked) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void WaitForOthers()
    {
        for (var spins = 1; Volatile.Read(ref _busy) > 0; spins++)
        {
            Thread.SpinWait(4);
            if (spins % 1024 == 0)
            {
                Thread.Yield(); // More threads than cores: let the last worker run.
            }
        }
    }
}
