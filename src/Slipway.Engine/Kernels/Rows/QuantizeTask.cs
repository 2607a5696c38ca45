using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>Makes rows that are already in an <see cref="Activations"/> ready for a product.</summary>
internal sealed class QuantizeTask(WorkerTeam team, KernelTier tier) : RowTask(team)
{
    private Activations _target = null!;

    public void Run(Activations target, int rows)
    {
        _target = target;
        RunRows(rows);
    }

    protected override void ComputeRow(int row) => ActivationQuantizer.Quantize(_target, row, tier);
}
