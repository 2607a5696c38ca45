using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Features.Deployments.Placement;

/// <summary>Finds GPUs with room for a server: by what is free now, and by what others have been promised and not taken yet.</summary>
internal sealed class GpuChoice(IGpuProbe probe, GpuPromises promises)
{
    /// <summary>The driver's own, on each GPU.</summary>
    private const long Slack = 256L << 20;

    /// <summary>As <see cref="Choose"/>, and promises them: of several servers and runs that are placed at once, each sees what the others got.</summary>
    public (IReadOnlyList<int> Gpus, long Claim, string? Refusal) Take(string holder, int count, Func<long, long> claimOf, int? preferred) => promises.Alone(() =>
    {
        var choice = Choose(count, claimOf, preferred);
        if (choice.Refusal is null)
        {
            promises.Promise(holder, choice.Gpus, choice.Claim);
        }
        return choice;
    });

    /// <summary>The GPUs to use, the preferred one among them where it has room; or why there are none, in words.</summary>
    /// <param name="count">How many are needed.</param>
    /// <param name="claimOf">Bytes that are needed on a GPU with so much memory; who needs none waits for none.</param>
    /// <param name="preferred">The index of the one to take first.</param>
    public (IReadOnlyList<int> Gpus, long Claim, string? Refusal) Choose(int count, Func<long, long> claimOf, int? preferred)
    {
        var gpus = probe.Look().Gpus;
        if (gpus.Count < count)
        {
            return ([], 0, $"It needs {count} GPUs; this machine has {gpus.Count}.");
        }
        var rooms = gpus.Select(gpu => (gpu.Index, Room: RoomOn(gpu), Claim: claimOf(gpu.TotalBytes)))
            .OrderByDescending(gpu => gpu.Index == preferred).ThenByDescending(gpu => gpu.Room).ThenBy(gpu => gpu.Index).ToList();
        var fitting = rooms.Where(gpu => gpu.Claim == 0 || gpu.Room >= gpu.Claim).Take(count).ToList();
        return fitting.Count == count
            ? ([.. fitting.Select(gpu => gpu.Index).Order()], fitting.Max(gpu => gpu.Claim), null)
            : ([], 0, Refusal(count, rooms));
    }

    private long RoomOn(Gpu gpu)
    {
        // What was promised is counted whether it has been taken yet or not, and what is taken, whoever took it.
        var promised = promises.On(gpu.Index).Aggregate(0L, (sum, promise) => promise.Bytes > gpu.TotalBytes - sum ? gpu.TotalBytes : sum + promise.Bytes);
        return Math.Min(gpu.FreeBytes, gpu.TotalBytes - promised) - Slack;
    }

    private string Refusal(int count, IReadOnlyList<(int Index, long Room, long Claim)> rooms) =>
        $"It waits for {(count == 1 ? "a GPU" : $"{count} GPUs")} with {MiB(rooms.Max(gpu => gpu.Claim))} MiB: "
        + string.Join("; ", rooms.OrderBy(gpu => gpu.Index).Select(gpu =>
            $"GPU {gpu.Index} has {MiB(Math.Max(0, gpu.Room))} MiB{HeldBy(gpu.Index)}")) + ".";

    private string HeldBy(int gpu) =>
        promises.On(gpu) is { Count: > 0 } holders ? $", held by {string.Join(", ", holders.Select(one => one.Holder))}" : "";

    private static long MiB(long bytes) => bytes >> 20;
}
