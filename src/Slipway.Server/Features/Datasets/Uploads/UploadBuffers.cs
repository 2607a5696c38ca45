using System.Buffers;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>Two buffers that take turns: one is filled while the other is written. All the memory that an upload needs.</summary>
internal sealed class UploadBuffers : IDisposable
{
    private const int Length = 1 << 20;

    private readonly byte[][] _pair = [ArrayPool<byte>.Shared.Rent(Length), ArrayPool<byte>.Shared.Rent(Length)];
    private int _turn;

    public byte[] Current => _pair[_turn];

    /// <summary>Makes the other buffer the current one.</summary>
    public byte[] Switch() => _pair[_turn ^= 1];

    public void Dispose()
    {
        foreach (var buffer in _pair)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
