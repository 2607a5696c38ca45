using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Kernels.MatMul;

/// <summary>y[t, r] = Σₖ x[t, k] · W[r, k], sixteen rows (a strip) at a time.</summary>
/// <remarks>
/// Every kernel of an integer format computes one element in the same order of operations, however many tokens are
/// computed beside it and whichever tier runs: exact integer sums per group, then one fused multiply-add per group.
/// So a sequence gets the same bits alone and in a batch.
/// </remarks>
internal abstract unsafe class MatMulKernel
{
    /// <summary>Rows of a strip.</summary>
    public const int StripRows = 16;

    /// <summary>Whether it reads the byte form of the activations, not the singles.</summary>
    public abstract bool NeedsBytes { get; }

    /// <summary>
    /// Computes the rows of one strip for <paramref name="tokens"/> rows of <paramref name="input"/> into
    /// <paramref name="scratch"/>.Sums, [tokens][16]; rows past the matrix hold garbage.
    /// </summary>
    public abstract void Compute(in Matrix weights, int firstRow, Activations input, int tokens, PanelScratch scratch);

    /// <summary>The kernel for weights of <paramref name="type"/> on <paramref name="tier"/>.</summary>
    public static MatMulKernel For(GgmlType type, KernelTier tier) => type switch
    {
        GgmlType.F32 or GgmlType.F16 or GgmlType.BF16 => FloatMatMul.Create(type, tier),
        GgmlType.Q4_0 => ForFormat<Formats.Q4_0>(tier),
        GgmlType.Q4_1 => ForFormat<Formats.Q4_1>(tier),
        GgmlType.Q5_0 => ForFormat<Formats.Q5_0>(tier),
        GgmlType.Q5_1 => ForFormat<Formats.Q5_1>(tier),
        GgmlType.Q8_0 => ForFormat<Formats.Q8_0>(tier),
        GgmlType.Q4_K => ForFormat<Formats.Q4_K>(tier),
        GgmlType.Q5_K => ForFormat<Formats.Q5_K>(tier),
        GgmlType.Q6_K => ForFormat<Formats.Q6_K>(tier),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No kernel for this tensor type."),
    };

    private static MatMulKernel ForFormat<TFormat>(KernelTier tier)
        where TFormat : struct, Formats.IBlockFormat => tier switch
        {
            KernelTier.Vnni => new PanelMatMul<TFormat, PanelBytes>(),
            KernelTier.Vector512 => new PanelMatMul<TFormat, PanelWords512>(),
            KernelTier.Vector256 => new PanelMatMul<TFormat, PanelWords256>(),
            _ => new ScalarMatMul<TFormat>(),
        };
}
