using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Rows;

/// <summary>Work on the rows of a step, one independent of the other.</summary>
internal abstract class RowTask(WorkerTeam team) : TeamTask
{
    /// <summary>Under this many rows, waking the team costs more than it saves.</summary>
    private const int AloneBelow = 4;

    private const int Chunk = 4;
    private int _rows;

    public override void Execute(int worker)
    {
        for (var first = Take(Chunk); first < _rows; first = Take(Chunk))
        {
            for (var row = first; row < Math.Min(first + Chunk, _rows); row++)
            {
                ComputeRow(row);
            }
        }
    }

    protected abstract void ComputeRow(int row);

    protected void RunRows(int rows)
    {
        _rows = rows;
        if (rows < AloneBelow)
        {
            for (var row = 0; row < rows; row++)
            {
                ComputeRow(row);
            }
            return;
        }
        team.Run(this);
    }
}
