namespace Slipway.Server.Platform.Devices;

/// <summary>
/// Which GPUs have been promised to whom. What the driver calls free is not all that counts: a server that is still loading its model
/// has not taken its memory yet.
/// </summary>
internal sealed class GpuPromises(TimeProvider clock)
{
    /// <summary>
    /// How long after the last of those who know theirs one that is kept from his is waited for: where another server ends, what it held
    /// is free for all of us within a moment.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<GpuGiver, GiverState> _givers = Enum.GetValues<GpuGiver>().ToDictionary(giver => giver, _ => GiverState.Awaited);
    private long _knownSince;
    private readonly Dictionary<string, (IReadOnlyList<int> Gpus, long Bytes)> _promises = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Promises memory on GPUs; in place of what the holder had.</summary>
    /// <param name="holder">Who gets it, in words for people: <c>run 01a…</c>.</param>
    /// <param name="gpus">Indexes as the driver counts.</param>
    /// <param name="bytes">On each of them; <see cref="long.MaxValue"/> is all there is.</param>
    public void Promise(string holder, IReadOnlyList<int> gpus, long bytes)
    {
        lock (_gate)
        {
            if (gpus.Count == 0)
            {
                _promises.Remove(holder);
            }
            else
            {
                _promises[holder] = (gpus, bytes);
            }
        }
    }

    /// <summary>As <see cref="Promise"/>, if everybody who has been promised a part of them yields; looked at and promised in one.</summary>
    public bool TryPromise(string holder, IReadOnlyList<int> gpus, long bytes, Func<string, bool> yields) => Alone(() =>
    {
        var isFree = gpus.All(gpu => On(gpu).All(promise => yields(promise.Holder)));
        if (isFree)
        {
            Promise(holder, gpus, bytes);
        }
        return isFree;
    });

    /// <summary>Decides while nobody else is promised anything. What is called may promise itself; it is to be quick.</summary>
    public T Alone<T>(Func<T> decide)
    {
        lock (_gate)
        {
            return decide();
        }
    }

    /// <summary>
    /// Whether all that is held since before our start has been promised. Nobody is to be given a GPU before: it may be another's. Each
    /// giver tells his own without asking this.
    /// </summary>
    public bool AreKnown
    {
        get
        {
            lock (_gate)
            {
                return !_givers.ContainsValue(GiverState.Awaited)
                    && (!_givers.ContainsValue(GiverState.KeptOut) || clock.GetElapsedTime(_knownSince) >= Patience);
            }
        }
    }

    /// <summary>How far a giver is with what he gave before our start.</summary>
    public void Tell(GpuGiver giver, GiverState state)
    {
        lock (_gate)
        {
            _givers[giver] = state;
            _knownSince = state is GiverState.Known ? clock.GetTimestamp() : _knownSince;
        }
    }

    public void Release(string holder) => Promise(holder, [], 0);

    /// <summary>Who has been promised memory of a GPU, and how much.</summary>
    public IReadOnlyList<(string Holder, long Bytes)> On(int gpu)
    {
        lock (_gate)
        {
            return [.. _promises.Where(pair => pair.Value.Gpus.Contains(gpu)).Select(pair => (pair.Key, pair.Value.Bytes))];
        }
    }
}

/// <summary>Who gives GPUs out.</summary>
internal enum GpuGiver
{
    Runs,
    Deployments,
}

/// <summary>How far a giver is with what he gave before our start.</summary>
internal enum GiverState
{
    /// <summary>He is about to find it.</summary>
    Awaited,

    /// <summary>Another server looks after it, maybe for as long as we live.</summary>
    KeptOut,

    /// <summary>All of it is promised.</summary>
    Known,
}
