namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>
/// How fast steps are made, by our own clock. After a resume a trainer divides the time since its start by all steps ever made,
/// and promises too much.
/// </summary>
internal sealed class StepRate(TimeProvider clock)
{
    private const int MostSamples = 64;

    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Time, long Step)> _samples = new();
    private (long Time, long Step)? _last;

    public void Observe(long step)
    {
        var now = clock.GetTimestamp();
        if (_last is { } last)
        {
            if (step < last.Step)
            {
                _samples.Clear(); // It has gone back to a checkpoint.
            }
            else if (step == last.Step || clock.GetElapsedTime(last.Time, now) < Gap)
            {
                return;
            }
        }
        _last = (now, step);
        _samples.Enqueue((now, step));
        if (_samples.Count > MostSamples)
        {
            _samples.Dequeue();
        }
    }

    /// <summary>For so many steps more; null while too little was seen.</summary>
    public TimeSpan? For(long steps)
    {
        if (_last is not { } last || !_samples.TryPeek(out var first))
        {
            return null;
        }
        var elapsed = clock.GetElapsedTime(first.Time, last.Time);
        var seconds = elapsed.TotalSeconds / (last.Step - first.Step) * steps;
        return elapsed >= Shortest && steps >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(Math.Round(seconds)) : null;
    }
}
