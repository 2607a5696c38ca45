using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>Root-mean-square norm of rows into the input of the next product.</summary>
internal sealed unsafe class NormTask(WorkerTeam team, KernelTier tier) : RowTask(team)
{
    private Activations _target = null!;
    private float* _source;
    private float* _weight;
    private float _epsilon;
    private int[]? _rows;

    /// <param name="source">[rows][target.Columns].</param>
    /// <param name="weight">[target.Columns].</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="target">Gets one row per row of the step, or per entry of <paramref name="only"/>.</param>
    /// <param name="count">Rows to make.</param>
    /// <param name="only">Which rows of the source, or null for the first <paramref name="count"/>.</param>
    public void Run(float* source, float* weight, float epsilon, Activations target, int count, int[]? only = null)
    {
        _source = source;
        _weight = weight;
        (_epsilon, _target, _rows) = (epsilon, target, only);
        RunRows(count);
    }

    protected override void ComputeRow(int row)
    {
        var length = _target.Columns;
        var source = _source + ((long)(_rows?[row] ?? row) * length);
        if (tier == KernelTier.Scalar)
        {
            RmsNorm.Reference(source, _weight, _epsilon, _target.Row(row), length);
        }
        else
        {
            RmsNorm.ComputeVector256(source, _weight, _epsilon, _target.Row(row), length);
        }
        ActivationQuantizer.Quantize(_target, row, tier);
    }
}
