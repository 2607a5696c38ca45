using System.Buffers;
using Slipway.Server.Features.Gateway.Upstreams.Streaming;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>All bytes of a source in a borrowed buffer.</summary>
internal sealed class PooledBytes : IDisposable
{
    private const int FirstSize = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _length;

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <summary>Reads to the end, or to <paramref name="limit"/> bytes.</summary>
    /// <returns>Whether that was the end.</returns>
    public async ValueTask<bool> FillAsync(ByteSource source, int limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_length == _buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
                Memory.CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = larger;
            }

            var read = await source.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            _length += read;
            if (read == 0 || _length > limit)
            {
                return read == 0;
            }
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, _length) = ([], 0);
        }
    }
}
