using System.Collections.Concurrent;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>
/// Long work in the background: one piece after another, on a thread of its own, and each at most once at a time. So it
/// takes one core and never two, whatever is asked for.
/// </summary>
internal sealed class WorkLane(CancellationToken stopping)
{
    private readonly ConcurrentDictionary<string, Work> _works = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public int Count => _works.Count;

    /// <summary>The work under this key that is under way or waits; null when there is none.</summary>
    public Work? Find(string key) => _works.GetValueOrDefault(key);

    /// <summary>Begins work, unless the same is under way. It must not throw but for a stop.</summary>
    public Work Start(string key, Func<Work, CancellationToken, Task> run)
    {
        lock (_gate)
        {
            var work = new Work();
            var kept = _works.GetOrAdd(key, work);
            if (kept == work)
            {
                _last = RunAsync(_last, key, work, run);
            }
            return kept;
        }
    }

    private async Task RunAsync(Task before, string key, Work work, Func<Work, CancellationToken, Task> run)
    {
        try
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.ThrowIfCancellationRequested();
            await Task.Factory.StartNew(() => run(work, stopping), stopping, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Begun again at the next start.
        }
        finally
        {
            _works.TryRemove(key, out _);
            work.End();
        }
    }

    /// <summary>One piece of work.</summary>
    internal sealed class Work
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private double _progress;

        /// <summary>0 to 1.</summary>
        public double Progress
        {
            get => Volatile.Read(ref _progress);
            set => Volatile.Write(ref _progress, value);
        }

        /// <summary>Ends with the work, however that ended.</summary>
        public Task Ended => _ended.Task;

        public void End() => _ended.TrySetResult();
    }
}
