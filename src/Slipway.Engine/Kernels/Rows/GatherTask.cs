using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>Puts the values of rows in another order, for matrices whose columns are stored in it.</summary>
internal sealed unsafe class GatherTask(WorkerTeam team, KernelTier tier) : RowTask(team)
{
    private Activations _source = null!;
    private Activations _target = null!;
    private int[] _order = [];

    /// <param name="source">Rows of values.</param>
    /// <param name="order">Which value of a row comes in each place.</param>
    /// <param name="target">Gets the rows, ready for a product; as wide as the source.</param>
    /// <param name="rows">How many.</param>
    public void Run(Activations source, int[] order, Activations target, int rows)
    {
        (_source, _order, _target) = (source, order, target);
        RunRows(rows);
    }

    protected override void ComputeRow(int row)
    {
        var from = _source.Row(row);
        var to = _target.Row(row);
        for (var i = 0; i < _order.Length; i++)
        {
            to[i] = from[_order[i]];
        }
        ActivationQuantizer.Quantize(_target, row, tier);
    }
}
