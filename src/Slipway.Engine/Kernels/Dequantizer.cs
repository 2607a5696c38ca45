using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels.Formats;

namespace Slipway.Engine.Kernels;

/// <summary>Stored values back to singles: embedding rows, small vectors, tests.</summary>
internal static unsafe class Dequantizer
{
    /// <summary>Writes one row; <paramref name="values"/> holds <see cref="Matrix.Columns"/>.</summary>
    public static void Row(in Matrix matrix, int row, Span<float> values)
    {
        fixed (float* output = values)
        {
            Row(matrix.Type, matrix.Row(row), output, matrix.Columns);
        }
    }

    public static void Row(GgmlType type, byte* row, float* output, int columns)
    {
        switch (type)
        {
            case GgmlType.F32:
                new ReadOnlySpan<float>(row, columns).CopyTo(new Span<float>(output, columns));
                break;
            case GgmlType.F16:
                for (var i = 0; i < columns; i++)
                {
                    output[i] = HalfFloat.ToSingle(((ushort*)row)[i]);
                }
                break;
            case GgmlType.BF16:
                for (var i = 0; i < columns; i++)
                {
                    output[i] = BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[i] << 16);
                }
                break;
            case GgmlType.Q4_0: Blocks<Q4_0>(row, output, columns); break;
            case GgmlType.Q4_1: Blocks<Q4_1>(row, output, columns); break;
            case GgmlType.Q5_0: Blocks<Q5_0>(row, output, columns); break;
            case GgmlType.Q5_1: Blocks<Q5_1>(row, output, columns); break;
            case GgmlType.Q8_0: Blocks<Q8_0>(row, output, columns); break;
            case GgmlType.Q4_K: Blocks<Q4_K>(row, output, columns); break;
            case GgmlType.Q5_K: Blocks<Q5_K>(row, output, columns); break;
            case GgmlType.Q6_K: Blocks<Q6_K>(row, output, columns); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown tensor type.");
        }
    }

    private static void Blocks<TFormat>(byte* row, float* output, int columns)
        where TFormat : struct, IBlockFormat
    {
        var values = stackalloc byte[32];
        var halves = HalfFloat.TablePointer;
        for (var b = 0; b < columns / 32; b++)
        {
            var block = row + (b / TFormat.Runs * TFormat.Bytes);
            var run = b % TFormat.Runs;
            TFormat.Decode(block, run, values);
            var minimum = TFormat.Minimum(block, run, halves);
            for (var i = 0; i < 32; i++)
            {
                var scaled = TFormat.Scale(block, run, i / TFormat.GroupLength, halves) * (values[i] - TFormat.ZeroPoint);
                output[(b * 32) + i] = scaled + minimum;
            }
        }
    }
}
