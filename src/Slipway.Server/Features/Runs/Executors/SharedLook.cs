namespace Slipway.Server.Features.Runs.Executors;

/// <summary>One question to the outside world per pace, for all that is asked about.</summary>
/// <param name="pace">How long an answer stays good, a failed one too.</param>
/// <param name="clock">Measures it.</param>
/// <param name="ask">Asks about all keys at once; failures are part of its answer.</param>
internal sealed class SharedLook<TAnswer>(
    TimeSpan pace, TimeProvider clock, Func<IReadOnlyList<string>, CancellationToken, Task<TAnswer>> ask) : IDisposable
    where TAnswer : class
{
    /// <summary>Who has not asked for so many paces has no more interest.</summary>
    private const int PacesOfInterest = 20;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, long> _asked = [];
    private HashSet<string> _covered = [];
    private TAnswer? _answer;
    private long _answeredAt;

    /// <summary>The answer that covers <paramref name="key"/>; null when the last one does not and the next is not due yet.</summary>
    public async Task<TAnswer?> LookAsync(string key, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _asked[key] = clock.GetTimestamp();
            if (_answer is null || clock.GetElapsedTime(_answeredAt) >= pace)
            {
                await AskAsync(cancellationToken);
            }
            return _covered.Contains(key) ? _answer : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        foreach (var (key, at) in _asked)
        {
            if (clock.GetElapsedTime(at) > PacesOfInterest * pace)
            {
                _asked.Remove(key);
            }
        }
        string[] keys = [.. _asked.Keys];
        _answer = await ask(keys, cancellationToken);
        _answeredAt = clock.GetTimestamp();
        _covered = [.. keys];
    }
}
