using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Kernels.MatMul;

namespace Slipway.Engine.Kernels.Formats;

/// <summary>Writing the lanes of a vector one strip width apart: scales of one row lie in a column of the panel.</summary>
internal static unsafe class Strided
{
    public const int Step = MatMulKernel.StripRows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, float* target)
    {
        target[0] = values[0];
        target[Step] = values[1];
        target[2 * Step] = values[2];
        target[3 * Step] = values[3];
        target[4 * Step] = values[4];
        target[5 * Step] = values[5];
        target[6 * Step] = values[6];
        target[7 * Step] = values[7];
    }
}
