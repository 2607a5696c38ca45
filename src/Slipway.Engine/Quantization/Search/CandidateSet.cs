using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Quantization.Search;

/// <summary>
/// Sixteen candidates for the scale and the minimum of one group, tried together: value ≈ scale · code + minimum, the code
/// the nearest within the range. Not for two threads at once.
/// </summary>
/// <remarks>
/// A lane is a candidate and never a value, so that no sum crosses lanes: every tier computes each candidate by one chain of
/// operations in the order of the values and gives the same bits.
/// </remarks>
internal sealed unsafe class CandidateSet(KernelTier tier) : IDisposable
{
    public const int Count = 16;

    private readonly NativeBuffer<float> _lanes = new(7 * Count);

    public float* Scales => _lanes.Pointer;

    public float* Minima => _lanes.Pointer + Count;

    /// <summary>One by the scale; 0 where the scale is, which gives the code 0 to every value.</summary>
    public float* Inverses => _lanes.Pointer + (2 * Count);

    /// <summary>Of the last <see cref="Measure"/>: weighted squares.</summary>
    public float* Errors => _lanes.Pointer + (3 * Count);

    /// <summary>Σ weight · code, as <see cref="CandidateKernel.Sum"/> leaves it.</summary>
    public float* CodeSums => _lanes.Pointer + (4 * Count);

    /// <summary>Σ weight · code².</summary>
    public float* SquareSums => _lanes.Pointer + (5 * Count);

    /// <summary>Σ weight · code · value.</summary>
    public float* ProductSums => _lanes.Pointer + (6 * Count);

    public CodeRange Range { get; set; }

    public void Set(int lane, float scale, float minimum) =>
        (Scales[lane], Minima[lane], Inverses[lane]) = (scale, minimum, scale == 0 ? 0 : 1 / scale);

    /// <summary>
    /// Replaces every candidate by the scale and the minimum that fit its codes best (least squares): it can only get better,
    /// but for the rounding of singles.
    /// </summary>
    /// <param name="group">The values.</param>
    /// <param name="highestMinimum">0 where a format stores what is subtracted, +∞ where it stores any.</param>
    public void RefitWithMinima(in WeightedGroup group, float highestMinimum)
    {
        var (weights, products) = group.Sums();
        CandidateKernel.Sum(tier, group, this);
        for (var lane = 0; lane < Count; lane++)
        {
            var (sum, square, product) = (CodeSums[lane], SquareSums[lane], ProductSums[lane]);
            var spread = (weights * square) - (sum * sum);
            var scale = ((weights * product) - (products * sum)) / spread;
            var minimum = ((square * products) - (sum * product)) / spread;
            if (minimum > highestMinimum)
            {
                (scale, minimum) = (product / square, highestMinimum);
            }
            Improve(lane, scale, minimum);
        }
    }

    /// <summary>As <see cref="RefitWithMinima"/> for formats without a minimum.</summary>
    public void Refit(in WeightedGroup group)
    {
        CandidateKernel.Sum(tier, group, this);
        for (var lane = 0; lane < Count; lane++)
        {
            Improve(lane, ProductSums[lane] / SquareSums[lane], 0);
        }
    }

    /// <summary>Computes the error of every candidate.</summary>
    /// <returns>The lane of the least; of equals the first.</returns>
    public int Measure(in WeightedGroup group)
    {
        CandidateKernel.Measure(tier, group, this);
        var best = 0;
        for (var lane = 1; lane < Count; lane++)
        {
            best = Errors[lane] < Errors[best] ? lane : best;
        }
        return best;
    }

    /// <summary>The codes of one candidate as formats store them: counted from the lowest.</summary>
    public void WriteCodes(in WeightedGroup group, int lane, Span<byte> codes)
    {
        var (minimum, inverse) = (Minima[lane], Inverses[lane]);
        var (lowest, highest) = ((float)Range.Lowest, (float)Range.Highest);
        for (var i = 0; i < group.Count; i++)
        {
            codes[i] = (byte)(Math.Clamp(MathF.Round((group.Values[i] - minimum) * inverse), lowest, highest) - lowest);
        }
    }

    public void Dispose() => _lanes.Dispose();

    /// <summary>Where all codes are equal, or all weights zero, there is nothing to fit and the candidate stays.</summary>
    private void Improve(int lane, float scale, float minimum)
    {
        if (float.IsNormal(scale) && float.IsFinite(minimum))
        {
            Set(lane, scale, minimum);
        }
    }
}
