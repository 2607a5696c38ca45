using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101) and clipping by the global norm:
/// w ← w·(1 − η·λ) − η·m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
/// </summary>
internal sealed unsafe class AdamW : IDisposable
{
    private const int PartLength = 1 << 15;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly NativeBuffer<float>[] _first;
    private readonly NativeBuffer<float>[] _second;
    private readonly WorkerTeam _team;
    private readonly RangeTask _range = new();
    private readonly TrainingOptions _options;
    private readonly List<Part> _parts = [];
    private readonly double[] _squares;

    public AdamW(IReadOnlyList<Parameter> parameters, WorkerTeam team, TrainingOptions options)
    {
        (_parameters, _team, _options) = (parameters, team, options);
        _first = [.. parameters.Select(parameter => new NativeBuffer<float>(parameter.Length))];
        _second = [.. parameters.Select(parameter => new NativeBuffer<float>(parameter.Length))];
        for (var i = 0; i < parameters.Count; i++)
        {
            for (long start = 0; start < parameters[i].Length; start += PartLength)
            {
                _parts.Add(new Part(i, start, (int)Math.Min(PartLength, parameters[i].Length - start)));
            }
        }
        _squares = new double[_parts.Count];
    }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>The mean of gradients of a parameter, [its length].</summary>
    public float* FirstMoment(int parameter) => _first[parameter].Pointer;

    /// <summary>The mean of squared gradients.</summary>
    public float* SecondMoment(int parameter) => _second[parameter].Pointer;

    /// <summary>Clips, moves every parameter and clears its gradient.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="learningRate">η.</param>
    /// <returns>The gradient's norm before clipping; when it is not finite, nothing moved.</returns>
    public double Step(int step, double learningRate)
    {
        var norm = Norm();
        if (double.IsFinite(norm))
        {
            var clip = _options.MaxGradientNorm > 0 && norm > _options.MaxGradientNorm ? _options.MaxGradientNorm / (norm + 1e-6) : 1;
            var factors = new Factors(_options, step, learningRate, clip);
            _range.Run(_team, _parts.Count, 1, (_, first, _) => Move(_parts[first], factors));
        }
        return norm;
    }

    public void Dispose()
    {
        Array.ForEach(_first, buffer => buffer.Dispose());
        Array.ForEach(_second, buffer => buffer.Dispose());
    }

    /// <summary>Squares are summed part by part and then in order, so that workers do not change the result.</summary>
    private double Norm()
    {
        _range.Run(_team, _parts.Count, 1, (_, first, _) =>
        {
            var part = _parts[first];
            _squares[first] = SumOfSquares(_parameters[part.Parameter].Gradient + part.Start, part.Length);
        });
        return Math.Sqrt(_squares.Sum());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfSquares(float* x, int length)
    {
        var sum = Vector256<double>.Zero;
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(x + i));
            sum = Vector256.FusedMultiplyAdd(high, high, Vector256.FusedMultiplyAdd(low, low, sum));
        }
        var total = Vector256.Sum(sum);
        for (; i < length; i++)
        {
            total += (double)x[i] * x[i];
        }
        return total;
    }

    private void Move(Part part, Factors factors)
    {
        var parameter = _parameters[part.Parameter];
        Move(
            parameter.Value + part.Start, parameter.Gradient + part.Start, _first[part.Parameter].Pointer + part.Start,
            _second[part.Parameter].Pointer + part.Start, part.Length, factors, parameter.Decays ? factors.Keep : 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move(float* w, float* g, float* m, float* v, int length, Factors factors, float keep)
    {
        var (clip, beta1, beta2) = (Vector256.Create(factors.Clip), Vector256.Create(factors.Beta1), Vector256.Create(factors.Beta2));
        var (fresh1, fresh2) = (Vector256.Create(factors.Fresh1), Vector256.Create(factors.Fresh2));
        var (rate, root, epsilon, keeps) = (
            Vector256.Create(factors.Rate), Vector256.Create(factors.Root), Vector256.Create(factors.Epsilon), Vector256.Create(keep));
        var i = 0;
        for (; i <= length - 8; i += 8)
        {
            var gradient = Vector256.Load(g + i) * clip;
            var mean = (Vector256.Load(m + i) * beta1) + (gradient * fresh1);
            var square = (Vector256.Load(v + i) * beta2) + (gradient * gradient * fresh2);
            mean.Store(m + i);
            square.Store(v + i);
            ((Vector256.Load(w + i) * keeps) - (rate * mean / ((Vector256.Sqrt(square) * root) + epsilon))).Store(w + i);
            Vector256<float>.Zero.Store(g + i);
        }
        for (; i < length; i++)
        {
            var gradient = g[i] * factors.Clip;
            m[i] = (m[i] * factors.Beta1) + (gradient * factors.Fresh1);
            v[i] = (v[i] * factors.Beta2) + (gradient * gradient * factors.Fresh2);
            w[i] = (w[i] * keep) - (factors.Rate * m[i] / ((MathF.Sqrt(v[i]) * factors.Root) + factors.Epsilon));
            g[i] = 0;
        }
    }

    private readonly record struct Part(int Parameter, long Start, int Length);

    /// <summary>The step's constants: Fresh is 1 − β, Rate is η / (1 − β₁ᵗ), Root 1 / √(1 − β₂ᵗ), Keep 1 − η·λ.</summary>
    private readonly record struct Factors(
        float Clip, float Beta1, float Fresh1, float Beta2, float Fresh2, float Rate, float Root, float Epsilon, float Keep)
    {
        public Factors(TrainingOptions options, int step, double learningRate, double clip)
            : this(
                (float)clip,
                (float)options.Beta1,
                (float)(1 - options.Beta1),
                (float)options.Beta2,
                (float)(1 - options.Beta2),
                (float)(learningRate / (1 - Math.Pow(options.Beta1, step))),
                (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step))),
                (float)options.Epsilon,
                (float)(1 - (learningRate * options.WeightDecay)))
        {
        }
    }
}
