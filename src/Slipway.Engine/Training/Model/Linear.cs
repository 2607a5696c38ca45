using Slipway.Engine.Kernels.Gemm;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Training.Model;

/// <summary>y = x·Wᵀ, with a low-rank addition s·(x·Aᵀ)·Bᵀ where the model has one (LoRA), and the derivatives of both.</summary>
internal sealed unsafe class Linear(Parameter weight) : IDisposable
{
    private Parameter? _a;
    private Parameter? _b;
    private float _scale;
    private NativeBuffer<float>? _low;
    private NativeBuffer<float>? _lowGradient;

    public Parameter Weight => weight;

    public bool HasLora => _a is not null;

    /// <summary>[r][inputs], or null without LoRA.</summary>
    public Parameter? A => _a;

    /// <summary>[outputs][r], or null without LoRA.</summary>
    public Parameter? B => _b;

    /// <summary>Adds s·B·A: A is [r][inputs], B is [outputs][r].</summary>
    public void AddLora(Parameter a, Parameter b, float scale) => (_a, _b, _scale) = (a, b, scale);

    /// <summary>Takes memory for passes of up to <paramref name="rows"/> rows.</summary>
    public void Reserve(int rows)
    {
        if (_a is not null)
        {
            _low = new NativeBuffer<float>((long)rows * _a.Rows);
            _lowGradient = new NativeBuffer<float>((long)rows * _a.Rows);
        }
    }

    /// <summary>y = x·Wᵀ, or y += x·Wᵀ; then <see cref="AddLowRank"/> must follow in the next run.</summary>
    /// <param name="task">Takes the products.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="x">[rows][inputs].</param>
    /// <param name="y">[rows][outputs].</param>
    /// <param name="adds">Whether y is added to.</param>
    public void AddForward(GemmTask task, int rows, float* x, float* y, bool adds = false)
    {
        task.Add(new GemmProduct(rows, weight.Rows, weight.Columns)
        {
            A = new MatrixView(x, weight.Columns),
            B = new MatrixView(weight.Operand, weight.Columns).Transposed,
            C = y,
            Stride = weight.Rows,
            Accumulates = adds,
        });
        if (_a is not null)
        {
            task.Add(new GemmProduct(rows, _a.Rows, _a.Columns)
            {
                A = new MatrixView(x, _a.Columns),
                B = new MatrixView(_a.Operand, _a.Columns).Transposed,
                C = _low!.Pointer,
                Stride = _a.Rows,
            });
        }
    }

    /// <summary>The second half of the forward product, for models with LoRA.</summary>
    public void AddLowRank(GemmTask task, int rows, float* y)
    {
        if (_b is not null)
        {
            task.Add(new GemmProduct(rows, _b.Rows, _b.Columns)
            {
                A = new MatrixView(_low!.Pointer, _b.Columns),
                B = new MatrixView(_b.Operand, _b.Columns).Transposed,
                C = y,
                Stride = _b.Rows,
                Alpha = _scale,
                Accumulates = true,
            });
        }
    }

    /// <summary>∂L/∂x = g·W (or added to it), ∂L/∂W += gᵀ·x; for LoRA also s·g·B and ∂L/∂B; then <see cref="AddLowRankBackward"/>.</summary>
    /// <param name="task">Takes the products.</param>
    /// <param name="rows">Rows of x and the gradients.</param>
    /// <param name="x">[rows][inputs], as in the forward pass.</param>
    /// <param name="gradient">[rows][outputs] g = ∂L/∂y.</param>
    /// <param name="inputGradient">[rows][inputs].</param>
    /// <param name="adds">Whether <paramref name="inputGradient"/> is added to.</param>
    public void AddBackward(GemmTask task, int rows, float* x, float* gradient, float* inputGradient, bool adds)
    {
        task.Add(new GemmProduct(rows, weight.Columns, weight.Rows)
        {
            A = new MatrixView(gradient, weight.Rows),
            B = new MatrixView(weight.Operand, weight.Columns),
            C = inputGradient,
            Stride = weight.Columns,
            Accumulates = adds,
        });
        if (weight.Trains)
        {
            AddWeightGradient(task, rows, x, weight.Columns, gradient, weight, 1);
        }
        if (_b is not null)
        {
            AddWeightGradient(task, rows, _low!.Pointer, _b.Columns, gradient, _b, _scale);
            task.Add(new GemmProduct(rows, _b.Columns, _b.Rows)
            {
                A = new MatrixView(gradient, _b.Rows),
                B = new MatrixView(_b.Operand, _b.Columns),
                C = _lowGradient!.Pointer,
                Stride = _b.Columns,
                Alpha = _scale,
            });
        }
    }

    /// <summary>The second half of the backward products, for models with LoRA: ∂L/∂A and A's share of ∂L/∂x.</summary>
    public void AddLowRankBackward(GemmTask task, int rows, float* x, float* inputGradient)
    {
        if (_a is not null)
        {
            AddWeightGradient(task, rows, x, _a.Columns, _lowGradient!.Pointer, _a, 1);
            task.Add(new GemmProduct(rows, _a.Columns, _a.Rows)
            {
                A = new MatrixView(_lowGradient.Pointer, _a.Rows),
                B = new MatrixView(_a.Operand, _a.Columns),
                C = inputGradient,
                Stride = _a.Columns,
                Accumulates = true,
            });
        }
    }

    /// <summary>W += s·B·A. The additions are not to be used any more.</summary>
    public void AddMerge(GemmTask task)
    {
        if (_a is not null && _b is not null)
        {
            task.Add(new GemmProduct(weight.Rows, weight.Columns, _a.Rows)
            {
                A = new MatrixView(_b.Value, _b.Columns),
                B = new MatrixView(_a.Value, _a.Columns),
                C = weight.Value,
                Stride = weight.Columns,
                Alpha = _scale,
                Accumulates = true,
            });
        }
    }

    public void Dispose()
    {
        _low?.Dispose();
        _lowGradient?.Dispose();
    }

    /// <summary>∂L/∂W += s·gᵀ·x, W being [outputs][inputs].</summary>
    private static void AddWeightGradient(GemmTask task, int rows, float* x, int inputs, float* gradient, Parameter parameter, float scale) =>
        task.Add(new GemmProduct(parameter.Rows, parameter.Columns, rows)
        {
            A = new MatrixView(gradient, parameter.Rows).Transposed,
            B = new MatrixView(x, inputs),
            C = parameter.Gradient,
            Stride = parameter.Columns,
            Alpha = scale,
            Accumulates = true,
        });
}
