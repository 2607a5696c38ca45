using Slipway.Engine.Memory;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>One or more products of the same input, divided among the team by strips.</summary>
internal sealed unsafe class MatMulTask(PanelScratch[] scratch) : TeamTask
{
    private readonly Product[] _products = new Product[3];
    private Activations _input = null!;
    private int _tokens;
    private int _count;
    private int _strips;
    private int _chunk;

    /// <summary>Whether there is nothing to compute yet.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Begins a new set of products over <paramref name="tokens"/> rows of <paramref name="input"/>.</summary>
    public void Reset(Activations input, int tokens)
    {
        (_input, _tokens, _count, _strips) = (input, tokens, 0, 0);
    }

    /// <summary>Adds output[t, r] (+)= Σₖ input[t, k] · W[r, k] + bias[r].</summary>
    /// <param name="weights">W with its kernel.</param>
    /// <param name="output">[tokens][W.Rows].</param>
    /// <param name="bias">[W.Rows] or null.</param>
    /// <param name="accumulate">Whether to add to what the output holds.</param>
    public void Add(Weights weights, float* output, float* bias = null, bool accumulate = false)
    {
        _products[_count++] = new Product(weights, output, bias, accumulate, _strips);
        _strips += (weights.Matrix.Rows + MatMulKernel.StripRows - 1) / MatMulKernel.StripRows;
        // Small enough to even out workers of unequal speed, large enough to read memory in long runs.
        _chunk = Math.Clamp(_strips / (scratch.Length * 8), 1, 16);
    }

    public override void Execute(int worker)
    {
        for (var first = Take(_chunk); first < _strips; first = Take(_chunk))
        {
            var end = Math.Min(first + _chunk, _strips);
            for (var strip = first; strip < end; strip++)
            {
                ComputeStrip(strip, scratch[worker]);
            }
        }
    }

    private void ComputeStrip(int strip, PanelScratch room)
    {
        var index = _count - 1;
        while (_products[index].FirstStrip > strip)
        {
            index--;
        }
        ref readonly var product = ref _products[index];
        var row = (strip - product.FirstStrip) * MatMulKernel.StripRows;
        var matrix = product.Weights.Matrix;
        product.Weights.Kernel.Compute(matrix, row, _input, _tokens, room);
        var rows = Math.Min(MatMulKernel.StripRows, matrix.Rows - row);
        for (var token = 0; token < _tokens; token++)
        {
            Write(product, room.Sums + (token * MatMulKernel.StripRows), product.Output + ((long)token * matrix.Rows) + row, row, rows);
        }
    }

    private static void Write(in Product product, float* sums, float* output, int row, int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            var value = sums[i];
            if (product.Bias is not null)
            {
                value += product.Bias[row + i];
            }
            output[i] = product.Accumulate ? output[i] + value : value;
        }
    }

    private readonly struct Product(Weights weights, float* output, float* bias, bool accumulate, int firstStrip)
    {
        public readonly Weights Weights = weights;
        public readonly float* Output = output;
        public readonly float* Bias = bias;
        public readonly bool Accumulate = accumulate;
        public readonly int FirstStrip = firstStrip;
    }
}
