namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>
/// The operations of a transformer in plain double-precision loops. Each leaves its derivative on the tape, and
/// <see cref="Differentiate"/> plays the tape backwards. The derivatives are themselves held to finite differences of the
/// values (<see cref="ReferenceTrainingTests"/>), so that only the loops that compute values have to be believed.
/// </summary>
internal sealed class ReferenceTape
{
    private readonly Stack<Action> _backward = new();

    /// <summary>Adds the derivative of a sum, a [1][1] matrix, to the gradient of everything that it was made of.</summary>
    public void Differentiate(ReferenceMatrix sum)
    {
        sum.Gradient[0] = 1;
        while (_backward.TryPop(out var step))
        {
            step();
        }
    }

    /// <summary>Row <c>rows[t]</c> of the table for every t.</summary>
    public ReferenceMatrix Pick(ReferenceMatrix table, int[] rows)
    {
        var (y, width) = (new ReferenceMatrix(rows.Length, table.Columns), table.Columns);
        for (var t = 0; t < rows.Length; t++)
        {
            Array.Copy(table.Value, rows[t] * width, y.Value, t * width, width);
        }
        _backward.Push(() =>
        {
            for (var t = 0; t < rows.Length; t++)
            {
                for (var i = 0; i < width; i++)
                {
                    table.Gradient[(rows[t] * width) + i] += y.Gradient[(t * width) + i];
                }
            }
        });
        return y;
    }

    /// <summary>x [rows][in] times the transpose of w [out][in].</summary>
    public unsafe ReferenceMatrix Multiply(ReferenceMatrix x, ReferenceMatrix w)
    {
        var y = new ReferenceMatrix(x.Rows, w.Rows);
        fixed (double* inputs = x.Value, weights = w.Value)
        {
            for (var t = 0; t < x.Rows; t++)
            {
                for (var o = 0; o < w.Rows; o++)
                {
                    y.Value[(t * w.Rows) + o] = Dot(inputs + (t * x.Columns), weights + (o * x.Columns), x.Columns);
                }
            }
        }
        _backward.Push(() =>
        {
            fixed (double* inputs = x.Value, weights = w.Value, dInputs = x.Gradient, dWeights = w.Gradient)
            {
                for (var t = 0; t < x.Rows; t++)
                {
                    for (var o = 0; o < w.Rows; o++)
                    {
                        var g = y.Gradient[(t * w.Rows) + o];
                        AddScaled(g, weights + (o * x.Columns), dInputs + (t * x.Columns), x.Columns);
                        AddScaled(g, inputs + (t * x.Columns), dWeights + (o * x.Columns), x.Columns);
                    }
                }
            }
        });
        return y;
    }

    /// <summary>a + factor · b.</summary>
    public ReferenceMatrix Add(ReferenceMatrix a, ReferenceMatrix b, double factor = 1) => Combine(
        a, b, (p, q) => p + (factor * q), (_, _) => 1, (_, _) => factor);

    /// <summary>silu(gate) · up with silu(z) = z / (1 + e^−z), value by value.</summary>
    public ReferenceMatrix SwiGlu(ReferenceMatrix gate, ReferenceMatrix up)
    {
        static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
        return Combine(
            gate,
            up,
            (z, u) => z * Sigmoid(z) * u,
            (z, u) => Sigmoid(z) * (1 + (z * (1 - Sigmoid(z)))) * u,
            (z, _) => z * Sigmoid(z));
    }

    /// <summary>
    /// Every run of <c>weight.Columns</c> values of x divided by its root mean square and multiplied by the weight: a whole
    /// row, or each of a row's heads.
    /// </summary>
    public ReferenceMatrix Normalize(ReferenceMatrix x, ReferenceMatrix weight, double epsilon)
    {
        var (y, length) = (new ReferenceMatrix(x.Rows, x.Columns), weight.Columns);
        var inverses = new double[x.Value.Length / length];
        for (var run = 0; run < inverses.Length; run++)
        {
            var squares = x.Value.AsSpan(run * length, length).ToArray().Sum(value => value * value);
            inverses[run] = 1 / Math.Sqrt((squares / length) + epsilon);
            for (var i = 0; i < length; i++)
            {
                y.Value[(run * length) + i] = x.Value[(run * length) + i] * inverses[run] * weight.Value[i];
            }
        }
        _backward.Push(() =>
        {
            for (var run = 0; run < inverses.Length; run++)
            {
                NormalizeBackward(x, weight, y, run * length, inverses[run]);
            }
        });
        return y;
    }

    /// <summary>
    /// Rotates value i and value i + headLength / 2 of every head as one plane, by the row's position times
    /// ropeBase^(−2i / headLength).
    /// </summary>
    public ReferenceMatrix Rotate(ReferenceMatrix x, int[] positions, int headLength, double ropeBase)
    {
        var y = new ReferenceMatrix(x.Rows, x.Columns);
        Turn(x.Value, y.Value, direction: 1);
        _backward.Push(() => Turn(y.Gradient, x.Gradient, direction: -1));
        return y;

        void Turn(double[] from, double[] to, int direction)
        {
            var half = headLength / 2;
            for (var first = 0; first < from.Length; first += headLength)
            {
                for (var i = 0; i < half; i++)
                {
                    var angle = direction * positions[first / x.Columns] * Math.Pow(ropeBase, -2.0 * i / headLength);
                    var (sine, cosine) = Math.SinCos(angle);
                    to[first + i] += (from[first + i] * cosine) - (from[first + i + half] * sine);
                    to[first + i + half] += (from[first + i] * sine) + (from[first + i + half] * cosine);
                }
            }
        }
    }

    /// <summary>Softmax attention of every row to itself and the rows before it in its segment.</summary>
    /// <param name="q">[rows][heads · headLength]</param>
    /// <param name="k">[rows][keyHeads · headLength]</param>
    /// <param name="v">[rows][keyHeads · headLength]</param>
    /// <param name="starts">First row of each segment, and the number of rows at the end.</param>
    /// <param name="headLength">Values of one head.</param>
    public ReferenceMatrix Attend(ReferenceMatrix q, ReferenceMatrix k, ReferenceMatrix v, int[] starts, int headLength)
    {
        var y = new ReferenceMatrix(q.Rows, q.Columns);
        var attention = new ReferenceAttention(q, k, v, y, headLength);
        for (var segment = 0; segment + 1 < starts.Length; segment++)
        {
            for (var row = starts[segment]; row < starts[segment + 1]; row++)
            {
                var first = starts[segment];
                var last = row;
                attention.Forward(first, last);
                _backward.Push(() => attention.Backward(first, last));
            }
        }
        return y;
    }

    /// <summary>Sum of −ln softmax(row)[target] over the rows whose target is not negative, [1][1].</summary>
    public ReferenceMatrix CrossEntropy(ReferenceMatrix logits, int[] targets)
    {
        var (sum, width) = (new ReferenceMatrix(1, 1), logits.Columns);
        for (var t = 0; t < targets.Length; t++)
        {
            if (targets[t] < 0)
            {
                continue;
            }
            var (row, target) = (t * width, targets[t]);
            var probabilities = Softmax(logits.Value[row..(row + width)], out var logOfSum);
            sum.Value[0] += logOfSum - logits.Value[row + target];
            _backward.Push(() =>
            {
                for (var i = 0; i < width; i++)
                {
                    logits.Gradient[row + i] += sum.Gradient[0] * (probabilities[i] - (i == target ? 1 : 0));
                }
            });
        }
        return sum;
    }

    public static double[] Softmax(double[] scores, out double logOfSum)
    {
        var highest = scores.Max();
        var powers = Array.ConvertAll(scores, score => Math.Exp(score - highest));
        var sum = powers.Sum();
        logOfSum = highest + Math.Log(sum);
        return Array.ConvertAll(powers, power => power / sum);
    }

    public static unsafe double Dot(double* x, double* y, int length)
    {
        var sum = 0.0;
        for (var i = 0; i < length; i++)
        {
            sum += x[i] * y[i];
        }
        return sum;
    }

    public static unsafe void AddScaled(double factor, double* x, double* y, int length)
    {
        for (var i = 0; i < length; i++)
        {
            y[i] += factor * x[i];
        }
    }

    private ReferenceMatrix Combine(
        ReferenceMatrix a, ReferenceMatrix b, Func<double, double, double> value,
        Func<double, double, double> byFirst, Func<double, double, double> bySecond)
    {
        var y = new ReferenceMatrix(a.Rows, a.Columns);
        for (var i = 0; i < y.Value.Length; i++)
        {
            y.Value[i] = value(a.Value[i], b.Value[i]);
        }
        _backward.Push(() =>
        {
            for (var i = 0; i < y.Value.Length; i++)
            {
                a.Gradient[i] += y.Gradient[i] * byFirst(a.Value[i], b.Value[i]);
                b.Gradient[i] += y.Gradient[i] * bySecond(a.Value[i], b.Value[i]);
            }
        });
        return y;
    }

    /// <summary>With r the inverse root: ∂y_i / ∂x_j = w_i · (r · [i = j] − r³ · x_i · x_j / length).</summary>
    private static void NormalizeBackward(ReferenceMatrix x, ReferenceMatrix weight, ReferenceMatrix y, int first, double r)
    {
        var length = weight.Columns;
        var projection = 0.0;
        for (var i = 0; i < length; i++)
        {
            projection += y.Gradient[first + i] * weight.Value[i] * x.Value[first + i];
        }
        for (var i = 0; i < length; i++)
        {
            var g = y.Gradient[first + i];
            weight.Gradient[i] += g * x.Value[first + i] * r;
            x.Gradient[first + i] += (g * weight.Value[i] * r) - (r * r * r * x.Value[first + i] * projection / length);
        }
    }
}
