using Slipway.Engine.Architectures;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>Looks up the embedding of each row's token.</summary>
internal sealed unsafe class EmbedTask(WorkerTeam team) : RowTask(team)
{
    private Matrix _table;
    private Step _step = null!;
    private float* _output;

    /// <param name="table">[vocabulary][hidden].</param>
    /// <param name="step">The tokens.</param>
    /// <param name="output">[rows][hidden].</param>
    public void Run(Matrix table, Step step, float* output)
    {
        (_table, _step) = (table, step);
        _output = output;
        RunRows(step.Rows);
    }

    protected override void ComputeRow(int row) =>
        Dequantizer.Row(_table.Type, _table.Row(_step.Tokens[row]), _output + ((long)row * _table.Columns), _table.Columns);
}
