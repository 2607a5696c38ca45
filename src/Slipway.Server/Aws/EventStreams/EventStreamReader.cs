using System.Buffers;
using System.Buffers.Binary;

namespace Slipway.Server.Aws.EventStreams;

/// <summary>
/// Cuts <c>application/vnd.amazon.eventstream</c> into its messages. Each is: total length, headers' length, CRC of those eight bytes,
/// headers, payload, CRC of all before it; numbers are big-endian.
/// </summary>
internal sealed class EventStreamReader(Stream source) : IDisposable
{
    private const int PreludeLength = 12;
    private const int CrcLength = 4;
    private const int LongestHeaders = 128 << 10;
    private const int LongestPayload = 24 << 20;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
    private int _start;
    private int _end;

    /// <summary>The next message; null where the stream ends between two.</summary>
    /// <exception cref="InvalidDataException">A length or a checksum is wrong, or the stream ends inside a message.</exception>
    public async ValueTask<EventStreamFrame?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(PreludeLength, cancellationToken))
        {
            return null;
        }
        var (total, headers) = Prelude(_buffer.AsSpan(_start, PreludeLength));
        await FillAsync(total, cancellationToken);
        var frame = _buffer.AsMemory(_start, total);
        _start += total;
        CheckCrc(frame.Span[..^CrcLength], frame.Span[^CrcLength..]);
        return new EventStreamFrame(frame.Slice(PreludeLength, headers), frame[(PreludeLength + headers)..^CrcLength]);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>The prelude has a checksum of its own: a wrong length is found here, not by waiting for bytes that never come.</summary>
    private static (int Total, int Headers) Prelude(ReadOnlySpan<byte> prelude)
    {
        CheckCrc(prelude[..8], prelude[8..]);
        var total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        var payload = (long)total - headers - PreludeLength - CrcLength;
        if (headers > LongestHeaders || payload is < 0 or > LongestPayload)
        {
            throw new InvalidDataException(
                $"A message of {total} bytes, {headers} of them headers: {LongestHeaders} and {LongestPayload} of payload are taken.");
        }
        return ((int)total, (int)headers);
    }

    private static void CheckCrc(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> crc)
    {
        if (Crc32.Of(bytes) != BinaryPrimitives.ReadUInt32BigEndian(crc))
        {
            throw new InvalidDataException("A message's checksum is wrong.");
        }
    }

    /// <summary>Reads until <paramref name="count"/> bytes are there; false where the stream ends before the first of them.</summary>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        MakeRoom(count);
        while (_end - _start < count)
        {
            var read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return _end == _start ? false : throw new InvalidDataException("The stream ends inside a message.");
            }
            _end += read;
        }
        return true;
    }

    private void MakeRoom(int count)
    {
        if (_buffer.Length - _start >= count)
        {
            return;
        }
        var target = count <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(count);
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }
        _end -= _start;
        _start = 0;
    }
}
