namespace Slipway.Server.Platform.Devices;

/// <summary>
/// Which GPUs have been promised to whom. What the driver calls free is not all that counts: a server that is still loading its model
/// has not taken its memory yet.
/// </summary>
internal sealed class GpuPromises
{
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
