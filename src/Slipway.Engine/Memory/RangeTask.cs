namespace Slipway.Engine.Memory;

/// <summary>Independent items that a team works through in chunks.</summary>
/// <remarks>For work of a millisecond and more: a closure is made for each run.</remarks>
internal sealed class RangeTask : TeamTask
{
    private int _items;
    private int _chunk;
    private Action<int, int, int> _work = static (_, _, _) => { };

    /// <summary>Runs over 0 to <paramref name="items"/>.</summary>
    /// <param name="team">Who works.</param>
    /// <param name="items">How many.</param>
    /// <param name="chunk">Items handed out at once.</param>
    /// <param name="work">Gets the worker, the first item and the one after the last.</param>
    public void Run(WorkerTeam team, int items, int chunk, Action<int, int, int> work)
    {
        (_items, _chunk, _work) = (items, chunk, work);
        team.Run(this);
    }

    public override void Execute(int worker)
    {
        for (var first = Take(_chunk); first < _items; first = Take(_chunk))
        {
            _work(worker, first, Math.Min(first + _chunk, _items));
        }
    }
}
