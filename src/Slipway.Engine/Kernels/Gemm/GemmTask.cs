using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.Gemm;

/// <summary>Products that a team computes at once, part by part of their results.</summary>
/// <remarks>
/// Each element of C is computed by one worker, in one order: the result does not depend on how many workers there are.
/// </remarks>
internal sealed class GemmTask : TeamTask, IDisposable
{
    private const int SmallestSide = 64;
    private readonly GemmScratch[] _scratch;
    private readonly List<GemmProduct> _products = [];
    private readonly List<Part> _parts = [];

    public GemmTask(KernelTier tier, int workers)
    {
        _scratch = [.. Enumerable.Range(0, workers).Select(_ => new GemmScratch(tier))];
    }

    /// <summary>A worker's own scratch, for products inside of other tasks.</summary>
    public GemmScratch Scratch(int worker) => _scratch[worker];

    /// <summary>Begins a new set of products, which must not read what the others write.</summary>
    public void Reset()
    {
        _products.Clear();
        _parts.Clear();
    }

    /// <summary>Whether products were added since <see cref="Reset"/>.</summary>
    public bool HasWork => _parts.Count > 0;

    public void Add(in GemmProduct product)
    {
        var (rows, columns) = ChooseSides(product);
        for (var row = 0; row < product.Rows; row += rows)
        {
            for (var column = 0; column < product.Columns; column += columns)
            {
                _parts.Add(new Part(_products.Count, row, Math.Min(rows, product.Rows - row), column, Math.Min(columns, product.Columns - column)));
            }
        }
        _products.Add(product);
    }

    public override void Execute(int worker)
    {
        for (var i = Take(1); i < _parts.Count; i = Take(1))
        {
            var part = _parts[i];
            _scratch[worker].Multiply(_products[part.Product], part.Row, part.Rows, part.Column, part.Columns);
        }
    }

    public void Dispose() => Array.ForEach(_scratch, scratch => scratch.Dispose());

    /// <summary>Large parts pack less; small ones share better. Halves the longer side until every worker gets four.</summary>
    private (int Rows, int Columns) ChooseSides(in GemmProduct product)
    {
        var (rows, columns) = (GemmScratch.Side, GemmScratch.Side);
        var wanted = _scratch.Length == 1 ? 1 : 4 * _scratch.Length;
        while (Count(product.Rows, rows) * Count(product.Columns, columns) < wanted && (rows > SmallestSide || columns > SmallestSide))
        {
            if (rows >= columns && rows > SmallestSide)
            {
                rows /= 2;
            }
            else
            {
                columns /= 2;
            }
        }
        return (rows, columns);
    }

    private static int Count(int length, int side) => (length + side - 1) / side;

    private readonly record struct Part(int Product, int Row, int Rows, int Column, int Columns);
}
