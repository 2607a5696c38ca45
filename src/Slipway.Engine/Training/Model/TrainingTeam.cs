using Slipway.Engine.Kernels;
using Slipway.Engine.Kernels.Gemm;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Training.Model;

/// <summary>The workers of a run with what each of them needs for matrix products.</summary>
internal sealed class TrainingTeam(WorkerTeam team, KernelTier tier) : IDisposable
{
    private const int RowsAtOnce = 16;
    private readonly RangeTask _range = new();

    public int Size => team.Size;

    public GemmTask Products { get; } = new(tier, team.Size);

    /// <summary>Computes the products that were added.</summary>
    public void RunProducts() => team.Run(Products);

    public void Multiply(in GemmProduct product)
    {
        Products.Reset();
        Products.Add(product);
        RunProducts();
    }

    /// <summary>Items that each take long.</summary>
    public void ForEach(int items, Action<int, int> work) => _range.Run(team, items, 1, (worker, first, _) => work(worker, first));

    /// <summary>Rows that each take little, handed out in runs (first, end).</summary>
    public void ForRows(int rows, Action<int, int> work) => _range.Run(team, rows, RowsAtOnce, (_, first, end) => work(first, end));

    /// <summary>Runs of a fixed length, whatever the number of workers: for sums whose order must not change.</summary>
    public void ForChunks(int items, int length, Action<int, int> work) => _range.Run(team, items, length, (_, first, end) => work(first, end));

    public void Dispose() => Products.Dispose();
}
