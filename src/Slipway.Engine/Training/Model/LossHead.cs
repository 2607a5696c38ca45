using System.Runtime.InteropServices;
using Slipway.Engine.Kernels.Gemm;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Operations;

namespace Slipway.Engine.Training.Model;

/// <summary>
/// The final norm, the logits and their cross-entropy, for rows that have a target only. Logits are made for a few hundred
/// rows at a time: for z = x·Eᵀ the loss is log Σ e^z − z[target], its derivative softmax(z) − onehot(target).
/// </summary>
internal sealed unsafe class LossHead : IDisposable
{
    /// <summary>Logits at most at once: 16 MiB, about what stays in cache.</summary>
    private const int LogitsAtOnce = 4 << 20;

    private readonly TrainableModel _model;
    private readonly PassBuffers _pass;
    private readonly NativeBuffer<float> _scales;
    private readonly NativeBuffer<float> _normed;
    private readonly NativeBuffer<float> _normedGradient;
    private readonly NativeBuffer<float> _logits;
    private readonly double[] _losses;
    private readonly int[] _rows;
    private readonly int _rowsAtOnce;

    public LossHead(TrainableModel model, PassBuffers pass, int maxRows)
    {
        (_model, _pass) = (model, pass);
        _rowsAtOnce = Math.Clamp(LogitsAtOnce / model.Vocabulary, 32, 1024);
        _scales = new NativeBuffer<float>(maxRows);
        _normed = new NativeBuffer<float>((long)maxRows * model.Shape.Hidden);
        _normedGradient = new NativeBuffer<float>((long)maxRows * model.Shape.Hidden);
        _logits = new NativeBuffer<float>((long)_rowsAtOnce * model.Vocabulary);
        (_losses, _rows) = (new double[maxRows], new int[maxRows]);
    }

    /// <summary>Returns the sum of losses in nats; with a scale, writes scale × its gradient by x to the pass.</summary>
    /// <param name="batch">Which rows have targets.</param>
    /// <param name="x">[T][H] the last layer's residual stream.</param>
    /// <param name="scale">Factor of the gradients; null for the loss alone.</param>
    public double Run(TrainingBatch batch, float* x, float? scale)
    {
        var count = 0;
        for (var row = 0; row < batch.Rows; row++)
        {
            if (batch.Targets[row] != TrainingBatch.NoTarget)
            {
                _rows[count++] = row;
            }
        }
        Normalize(x, count);
        for (var first = 0; first < count; first += _rowsAtOnce)
        {
            RunRows(batch, first, Math.Min(_rowsAtOnce, count - first), scale);
        }
        if (scale is not null)
        {
            BackwardNorm(batch, x, count);
        }
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            sum += _losses[i];
        }
        return sum;
    }

    /// <summary>The token with the highest logit after a row of the residual stream; of equal ones the first.</summary>
    public int MostProbable(float* x)
    {
        _ = NormGradient.Forward(x, _model.OutputNorm.Value, _model.Shape.NormEpsilon, _normed.Pointer, _model.Shape.Hidden);
        MultiplyLogits(_normed.Pointer, 1);
        var logits = new ReadOnlySpan<float>(_logits.Pointer, _model.Vocabulary);
        return logits.IndexOf(VectorMath.Max(_logits.Pointer, _model.Vocabulary));
    }

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer<float>[])[_scales, _normed, _normedGradient, _logits])
        {
            buffer.Dispose();
        }
    }

    private void Normalize(float* x, int count)
    {
        var (length, source) = (_model.Shape.Hidden, (nint)x);
        _pass.Team.ForRows(count, (first, end) =>
        {
            for (var i = first; i < end; i++)
            {
                _scales.Pointer[i] = NormGradient.Forward(
                    (float*)source + ((long)_rows[i] * length), _model.OutputNorm.Value, _model.Shape.NormEpsilon,
                    _normed.Pointer + ((long)i * length), length);
            }
        });
    }

    private void RunRows(TrainingBatch batch, int first, int rows, float? scale)
    {
        var (vocabulary, x) = (_model.Vocabulary, (nint)(_normed.Pointer + ((long)first * _model.Shape.Hidden)));
        MultiplyLogits((float*)x, rows);
        _pass.Team.ForEach(rows, (_, i) => _losses[first + i] = ToGradient(_logits.Pointer + ((long)i * vocabulary), batch.Targets[_rows[first + i]], scale));
        if (scale is not null)
        {
            AddGradients(first, rows, (float*)x);
        }
    }

    private void MultiplyLogits(float* x, int rows)
    {
        var (hidden, vocabulary) = (_model.Shape.Hidden, _model.Vocabulary);
        _pass.Team.Multiply(new GemmProduct(rows, vocabulary, hidden)
        {
            A = new MatrixView(x, hidden),
            B = new MatrixView(_model.Output.Operand, hidden).Transposed,
            C = _logits.Pointer,
            Stride = vocabulary,
        });
    }

    /// <summary>Returns the row's loss; its logits become scale × (softmax − onehot).</summary>
    private double ToGradient(float* logits, int target, float? scale)
    {
        var wanted = logits[target];
        var most = VectorMath.Max(logits, _model.Vocabulary);
        var sum = VectorMath.ExpShifted(logits, 1, most, _model.Vocabulary);
        if (scale is { } factor)
        {
            VectorMath.Scale(logits, factor / sum, _model.Vocabulary);
            logits[target] -= factor;
        }
        return most + Math.Log(sum) - wanted;
    }

    private void AddGradients(int first, int rows, float* x)
    {
        var (hidden, vocabulary, output) = (_model.Shape.Hidden, _model.Vocabulary, _model.Output);
        var task = _pass.Team.Products;
        task.Reset();
        task.Add(new GemmProduct(rows, hidden, vocabulary)
        {
            A = new MatrixView(_logits.Pointer, vocabulary),
            B = new MatrixView(output.Operand, hidden),
            C = _normedGradient.Pointer + ((long)first * hidden),
            Stride = hidden,
        });
        if (output.Trains)
        {
            task.Add(new GemmProduct(vocabulary, hidden, rows)
            {
                A = new MatrixView(_logits.Pointer, vocabulary).Transposed,
                B = new MatrixView(x, hidden),
                C = output.Gradient,
                Stride = hidden,
                Accumulates = true,
            });
        }
        _pass.Team.RunProducts();
    }

    /// <summary>Rows without a target get a gradient of zero.</summary>
    private void BackwardNorm(TrainingBatch batch, float* x, int count)
    {
        var (length, source) = (_model.Shape.Hidden, (nint)x);
        NativeMemory.Clear(_pass.HiddenGradient, (nuint)batch.Rows * (nuint)length * sizeof(float));
        _pass.SumOverRows(count, _model.OutputNorm, (i, weightGradient) =>
        {
            var offset = (long)_rows[i] * length;
            NormGradient.Backward(
                (float*)source + offset, _model.OutputNorm.Value, _scales.Pointer[i], _normedGradient.Pointer + ((long)i * length),
                _pass.HiddenGradient + offset, adds: false, weightGradient, length);
        });
    }
}
