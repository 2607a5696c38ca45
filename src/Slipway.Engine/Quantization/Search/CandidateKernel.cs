using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Quantization.Search;

/// <summary>The two passes of a search over the values of a group, sixteen candidates abreast; see <see cref="CandidateSet"/>.</summary>
/// <remarks>Reading a value costs a broadcast for sixteen candidates; all else stays in registers.</remarks>
internal static unsafe class CandidateKernel
{
    /// <summary>Fills the three sums of the set from the codes that each candidate gives the values.</summary>
    public static void Sum(KernelTier tier, in WeightedGroup group, CandidateSet set)
    {
        switch (tier)
        {
            case KernelTier.Scalar:
                SumReference(group, set);
                break;
            case KernelTier.Vector256:
            case KernelTier.Vnni when !Avx512F.IsSupported:
                SumVector256(group, set, 0);
                SumVector256(group, set, 8);
                break;
            default:
                SumVector512(group, set);
                break;
        }
    }

    /// <summary>Fills the errors of the set.</summary>
    public static void Measure(KernelTier tier, in WeightedGroup group, CandidateSet set)
    {
        switch (tier)
        {
            case KernelTier.Scalar:
                MeasureReference(group, set);
                break;
            case KernelTier.Vector256:
            case KernelTier.Vnni when !Avx512F.IsSupported:
                MeasureVector256(group, set, 0);
                MeasureVector256(group, set, 8);
                break;
            default:
                MeasureVector512(group, set);
                break;
        }
    }

    private static void SumReference(in WeightedGroup group, CandidateSet set)
    {
        for (var lane = 0; lane < CandidateSet.Count; lane++)
        {
            float sum = 0, squares = 0, products = 0;
            for (var i = 0; i < group.Count; i++)
            {
                var code = Code(group.Values[i], set, lane);
                var weighted = group.Weights[i] * code;
                sum += weighted;
                squares = MathF.FusedMultiplyAdd(weighted, code, squares);
                products = MathF.FusedMultiplyAdd(weighted, group.Values[i], products);
            }
            (set.CodeSums[lane], set.SquareSums[lane], set.ProductSums[lane]) = (sum, squares, products);
        }
    }

    private static void MeasureReference(in WeightedGroup group, CandidateSet set)
    {
        for (var lane = 0; lane < CandidateSet.Count; lane++)
        {
            var error = 0f;
            for (var i = 0; i < group.Count; i++)
            {
                var code = Code(group.Values[i], set, lane);
                var difference = MathF.FusedMultiplyAdd(set.Scales[lane], code, set.Minima[lane]) - group.Values[i];
                error = MathF.FusedMultiplyAdd(group.Weights[i] * difference, difference, error);
            }
            set.Errors[lane] = error;
        }
    }

    private static float Code(float value, CandidateSet set, int lane) =>
        Math.Clamp(MathF.Round((value - set.Minima[lane]) * set.Inverses[lane]), set.Range.Lowest, set.Range.Highest);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumVector512(in WeightedGroup group, CandidateSet set)
    {
        var (minimum, inverse) = (Vector512.Load(set.Minima), Vector512.Load(set.Inverses));
        var (lowest, highest) = (Vector512.Create((float)set.Range.Lowest), Vector512.Create((float)set.Range.Highest));
        Vector512<float> sum = default, squares = default, products = default;
        for (var i = 0; i < group.Count; i++)
        {
            var value = Vector512.Create(group.Values[i]);
            var code = Vector512.MinNative(Vector512.MaxNative(Vector512.Round((value - minimum) * inverse), lowest), highest);
            var weighted = Vector512.Create(group.Weights[i]) * code;
            sum += weighted;
            squares = Vector512.FusedMultiplyAdd(weighted, code, squares);
            products = Vector512.FusedMultiplyAdd(weighted, value, products);
        }
        sum.Store(set.CodeSums);
        squares.Store(set.SquareSums);
        products.Store(set.ProductSums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MeasureVector512(in WeightedGroup group, CandidateSet set)
    {
        var (minimum, inverse, scale) = (Vector512.Load(set.Minima), Vector512.Load(set.Inverses), Vector512.Load(set.Scales));
        var (lowest, highest) = (Vector512.Create((float)set.Range.Lowest), Vector512.Create((float)set.Range.Highest));
        Vector512<float> error = default;
        for (var i = 0; i < group.Count; i++)
        {
            var value = Vector512.Create(group.Values[i]);
            var code = Vector512.MinNative(Vector512.MaxNative(Vector512.Round((value - minimum) * inverse), lowest), highest);
            var difference = Vector512.FusedMultiplyAdd(scale, code, minimum) - value;
            error = Vector512.FusedMultiplyAdd(Vector512.Create(group.Weights[i]) * difference, difference, error);
        }
        error.Store(set.Errors);
    }

    /// <summary>Eight of the candidates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumVector256(in WeightedGroup group, CandidateSet set, int lane)
    {
        var (minimum, inverse) = (Vector256.Load(set.Minima + lane), Vector256.Load(set.Inverses + lane));
        var (lowest, highest) = (Vector256.Create((float)set.Range.Lowest), Vector256.Create((float)set.Range.Highest));
        Vector256<float> sum = default, squares = default, products = default;
        for (var i = 0; i < group.Count; i++)
        {
            var value = Vector256.Create(group.Values[i]);
            var code = Vector256.MinNative(Vector256.MaxNative(Vector256.Round((value - minimum) * inverse), lowest), highest);
            var weighted = Vector256.Create(group.Weights[i]) * code;
            sum += weighted;
            squares = Vector256.FusedMultiplyAdd(weighted, code, squares);
            products = Vector256.FusedMultiplyAdd(weighted, value, products);
        }
        sum.Store(set.CodeSums + lane);
        squares.Store(set.SquareSums + lane);
        products.Store(set.ProductSums + lane);
    }

    /// <summary>Eight of the candidates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MeasureVector256(in WeightedGroup group, CandidateSet set, int lane)
    {
        var (minimum, inverse, scale) =
            (Vector256.Load(set.Minima + lane), Vector256.Load(set.Inverses + lane), Vector256.Load(set.Scales + lane));
        var (lowest, highest) = (Vector256.Create((float)set.Range.Lowest), Vector256.Create((float)set.Range.Highest));
        Vector256<float> error = default;
        for (var i = 0; i < group.Count; i++)
        {
            var value = Vector256.Create(group.Values[i]);
            var code = Vector256.MinNative(Vector256.MaxNative(Vector256.Round((value - minimum) * inverse), lowest), highest);
            var difference = Vector256.FusedMultiplyAdd(scale, code, minimum) - value;
            error = Vector256.FusedMultiplyAdd(Vector256.Create(group.Weights[i]) * difference, difference, error);
        }
        error.Store(set.Errors + lane);
    }
}
