namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>AdamW in double precision (Loshchilov &amp; Hutter 2019, arXiv:1711.05101, algorithm 2), behind clipping by the global norm as PyTorch does it.</summary>
internal sealed class ReferenceAdamW(double beta1, double beta2, double epsilon, double weightDecay)
{
    private readonly Dictionary<ReferenceMatrix, (double[] First, double[] Second)> _moments = [];

    /// <summary>Moves the parameters against their gradients and returns the gradients' norm before clipping.</summary>
    /// <param name="parameters">Those that train. A matrix of one row is taken for a norm weight, which does not decay.</param>
    /// <param name="step">From 1.</param>
    /// <param name="learningRate">The step's rate.</param>
    /// <param name="maxNorm">What the norm is brought down to; 0 leaves it alone.</param>
    public double Step(IReadOnlyCollection<ReferenceMatrix> parameters, int step, double learningRate, double maxNorm)
    {
        var norm = Math.Sqrt(parameters.Sum(parameter => parameter.Gradient.Sum(g => g * g)));
        var clip = maxNorm > 0 && norm > maxNorm ? maxNorm / (norm + 1e-6) : 1;
        foreach (var parameter in parameters)
        {
            if (!_moments.TryGetValue(parameter, out var moments))
            {
                moments = (new double[parameter.Value.Length], new double[parameter.Value.Length]);
                _moments.Add(parameter, moments);
            }
            var decay = parameter.Rows > 1 ? weightDecay : 0;
            for (var i = 0; i < parameter.Value.Length; i++)
            {
                var g = clip * parameter.Gradient[i];
                moments.First[i] = (beta1 * moments.First[i]) + ((1 - beta1) * g);
                moments.Second[i] = (beta2 * moments.Second[i]) + ((1 - beta2) * g * g);
                var mean = moments.First[i] / (1 - Math.Pow(beta1, step));
                var meanSquare = moments.Second[i] / (1 - Math.Pow(beta2, step));
                parameter.Value[i] -= learningRate * ((mean / (Math.Sqrt(meanSquare) + epsilon)) + (decay * parameter.Value[i]));
            }
        }
        return norm;
    }
}
