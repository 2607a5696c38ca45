using System.Runtime.Intrinsics;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>
/// A quantised format seen as runs of 32 values: <c>value = Scale · (u − ZeroPoint) + Minimum</c> with an unsigned byte <c>u</c>.
/// A stored block holds one run or, in the 256-value formats, eight; <c>run</c> is the number within the block.
/// </summary>
internal unsafe interface IBlockFormat
{
    /// <summary>Runs of 32 in one stored block.</summary>
    static abstract int Runs { get; }

    /// <summary>Bytes of one stored block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Values that share a scale: 32, or 16.</summary>
    static abstract int GroupLength { get; }

    /// <summary>Subtracted from each <c>u</c>: 0 or a power of two up to 128.</summary>
    static abstract int ZeroPoint { get; }

    /// <summary>Whether <see cref="Minimum"/> can differ from zero.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>The 32 bytes of one run.</summary>
    static abstract void Decode(byte* block, int run, byte* values);

    /// <summary>The run in blocks of two rows: <paramref name="low"/> gets values 0–15 (of a, then of b), <paramref name="high"/> 16–31.</summary>
    static abstract void Load(byte* a, byte* b, int run, out Vector256<byte> low, out Vector256<byte> high);

    /// <summary>Scale of group 0 or 1 of the run; <paramref name="halves"/> is <see cref="HalfFloat.TablePointer"/>, which loops read once.</summary>
    static abstract float Scale(byte* block, int run, int group, float* halves);

    static abstract float Minimum(byte* block, int run, float* halves);

    /// <summary>All scales and minima of a block for the panel, bit for bit those of <see cref="Scale"/> and <see cref="Minimum"/>.</summary>
    /// <param name="block">The block.</param>
    /// <param name="scales">One per group, <see cref="MatMul.MatMulKernel.StripRows"/> apart.</param>
    /// <param name="minima">One per run, as far apart; untouched where the format has none.</param>
    /// <param name="halves"><see cref="HalfFloat.TablePointer"/>.</param>
    static abstract void Scales(byte* block, float* scales, float* minima, float* halves);
}
