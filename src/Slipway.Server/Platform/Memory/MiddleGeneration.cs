namespace Slipway.Server.Platform.Memory;

/// <summary>
/// Keeps the collector's middle generation small. Streams and connections live just long enough to get into it, and the
/// collector lets it grow to tens of megabytes of garbage before it looks; its own limit can only be set from the environment.
/// </summary>
internal sealed class MiddleGeneration
{
    private const int Generation = 1;
    private const long Most = 4 << 20;

    private static int _isWatched;

    private MiddleGeneration()
    {
    }

    /// <summary>Looks after each collection from now on, once per process however often this is called.</summary>
    public static void Watch()
    {
        if (Interlocked.Exchange(ref _isWatched, 1) == 0)
        {
            _ = new MiddleGeneration();
        }
    }

    // Nothing refers to the object, so the collection that has just ended found it; the next one finds its successor.
    ~MiddleGeneration()
    {
        if (Environment.HasShutdownStarted)
        {
            return;
        }

        if (GC.GetGCMemoryInfo(GCKind.Ephemeral).GenerationInfo[Generation].SizeAfterBytes > Most)
        {
            GC.Collect(Generation, GCCollectionMode.Forced, blocking: true);
        }

        _ = new MiddleGeneration();
    }
}
