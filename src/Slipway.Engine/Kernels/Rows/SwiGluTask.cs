using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>The gated unit of rows into the input of the next product.</summary>
internal sealed unsafe class SwiGluTask(WorkerTeam team, KernelTier tier) : RowTask(team)
{
    private Activations _target = null!;
    private float* _gate;
    private float* _up;

    /// <param name="gate">[rows][target.Columns].</param>
    /// <param name="up">[rows][target.Columns].</param>
    /// <param name="target">Gets the rows.</param>
    /// <param name="rows">How many.</param>
    public void Run(float* gate, float* up, Activations target, int rows)
    {
        _gate = gate;
        _up = up;
        _target = target;
        RunRows(rows);
    }

    protected override void ComputeRow(int row)
    {
        var length = _target.Columns;
        var offset = (long)row * length;
        if (tier == KernelTier.Scalar)
        {
            SwiGlu.Reference(_gate + offset, _up + offset, _target.Row(row), length);
        }
        else
        {
            SwiGlu.ComputeVector256(_gate + offset, _up + offset, _target.Row(row), length);
        }
        ActivationQuantizer.Quantize(_target, row, tier);
    }
}
