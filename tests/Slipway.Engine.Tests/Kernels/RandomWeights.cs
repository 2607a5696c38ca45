using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Tests.Kernels;

/// <summary>A matrix of random bits in any format, with scales that are finite and small.</summary>
internal sealed unsafe class RandomWeights : IDisposable
{
    private readonly NativeBuffer<byte> _data;

    private RandomWeights(NativeBuffer<byte> data, Matrix matrix)
    {
        _data = data;
        Matrix = matrix;
    }

    public Matrix Matrix { get; }

    public static RandomWeights Create(GgmlType type, int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var data = new NativeBuffer<byte>(rows * type.RowBytes(columns));
        random.NextBytes(data.Span);
        var blocks = rows * columns / type.BlockLength();
        for (var i = 0; i < blocks; i++)
        {
            var block = data.Pointer + (i * type.BlockBytes());
            foreach (var offset in HalfOffsets(type))
            {
                *(Half*)(block + offset) = (Half)((random.NextDouble() - 0.5) * 0.1);
            }
            if (type == GgmlType.F32)
            {
                *(float*)block = (float)(random.NextDouble() - 0.5);
            }
            if (type == GgmlType.BF16)
            {
                *(ushort*)block = (ushort)(BitConverter.SingleToUInt32Bits((float)(random.NextDouble() - 0.5)) >> 16);
            }
        }
        return new RandomWeights(data, new Matrix(data.Pointer, type, rows, columns));
    }

    public void Dispose() => _data.Dispose();

    private static int[] HalfOffsets(GgmlType type) => type switch
    {
        GgmlType.F32 or GgmlType.BF16 => [],
        GgmlType.F16 or GgmlType.Q4_0 or GgmlType.Q5_0 or GgmlType.Q8_0 => [0],
        GgmlType.Q6_K => [208],
        _ => [0, 2],
    };
}
