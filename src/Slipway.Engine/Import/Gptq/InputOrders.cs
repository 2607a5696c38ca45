namespace Slipway.Engine.Import.Gptq;

/// <summary>
/// Orders of inputs, each kept once: matrices of the same input usually share theirs, and by that one array it is seen
/// that the input need be put in order only once.
/// </summary>
internal sealed class InputOrders
{
    private readonly List<int[]> _known = [];

    /// <summary>The array that is already known with this content, or this one.</summary>
    public int[] Share(int[] order)
    {
        if (_known.FindLast(known => known.AsSpan().SequenceEqual(order)) is { } same)
        {
            return same;
        }
        _known.Add(order);
        return order;
    }
}
