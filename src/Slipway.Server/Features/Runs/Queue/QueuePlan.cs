namespace Slipway.Server.Features.Runs.Queue;

/// <summary>A run in the queue, as far as its turn is concerned.</summary>
/// <param name="Id">Of the run.</param>
/// <param name="Gpus">How many it needs.</param>
/// <param name="LeavesMachine">Whether another system gives it its place.</param>
internal sealed record Applicant(string Id, int Gpus, bool LeavesMachine);

/// <summary>A run that has its place on this machine.</summary>
internal sealed record Holder(string Id, IReadOnlyList<int> GpuIds);

/// <summary>Who may start now, with which GPUs.</summary>
internal sealed record Place(string Id, IReadOnlyList<int> GpuIds);

/// <summary>
/// Gives out GPUs and places: the first in turn first, and nobody overtakes one that waits for the same thing. A run without a GPU
/// may pass those that wait for one, and the other way round.
/// </summary>
/// <param name="gpus">The indexes of this machine's GPUs.</param>
/// <param name="mostWithoutGpu">How many runs without a GPU go on at once.</param>
internal sealed class QueuePlan(IReadOnlyList<int> gpus, int mostWithoutGpu)
{
    private const int MostCounted = 20;

    /// <param name="waiting">In turn.</param>
    /// <param name="holders">Those that have a place on this machine.</param>
    /// <returns>Who starts, and for each of the others what it waits for.</returns>
    public (IReadOnlyList<Place> Places, IReadOnlyDictionary<string, string> Reasons) Decide(
        IReadOnlyList<Applicant> waiting, IReadOnlyList<Holder> holders)
    {
        var free = gpus.Except(holders.SelectMany(holder => holder.GpuIds)).Order().ToList();
        var withoutGpu = holders.Count(holder => holder.GpuIds.Count == 0);
        var aheadForGpus = 0;
        var aheadForPlace = 0;
        List<Place> places = [];
        Dictionary<string, string> reasons = [];
        foreach (var run in waiting)
        {
            if (run.LeavesMachine)
            {
                places.Add(new Place(run.Id, []));
            }
            else if (run.Gpus == 0)
            {
                if (aheadForPlace == 0 && withoutGpu < mostWithoutGpu)
                {
                    places.Add(new Place(run.Id, []));
                    withoutGpu++;
                }
                else
                {
                    reasons[run.Id] = $"one of {mostWithoutGpu} places for runs without a GPU to become free{Ahead(aheadForPlace++)}";
                }
            }
            else if (aheadForGpus == 0 && run.Gpus <= free.Count)
            {
                places.Add(new Place(run.Id, free[..run.Gpus]));
                free.RemoveRange(0, run.Gpus);
            }
            else
            {
                reasons[run.Id] = run.Gpus > gpus.Count
                    ? $"{run.Gpus} GPUs, but this machine has {gpus.Count} to give"
                    : $"{run.Gpus} of {gpus.Count} GPUs; {free.Count} free{Ahead(aheadForGpus++)}";
            }
        }
        return (places, reasons);
    }

    // With the exact number, each start would change what every run of a long queue waits for.
    private static string Ahead(int count) => count switch
    {
        0 => "",
        1 => ", one run is before it",
        // With each run that ends the numbers of all behind it change, and each is written down.
        > MostCounted => $", over {MostCounted} runs are before it",
        _ => $", {count} runs are before it",
    };
}
