using System.Text;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>
/// Reads a multipart body (RFC 2046) in pieces of up to two mebibytes, whole multiples of <see cref="DirectFile.Alignment"/>: the search for the boundary is one pass of vector
/// instructions over each, where the framework's reader goes on by lines of its small buffer.
/// </summary>
internal sealed class MultipartScanner
{
    private const int LongestBoundary = 200;
    private const int LongestHead = 16 << 10;

    private readonly Stream _body;
    private readonly UploadBuffers _buffers;
    private readonly byte[] _delimiter;
    private Memory<byte> _buffer;
    private int _start;
    private int _end;
    private bool _hasRest;

    // What stands before the first boundary is read like a part, by nobody.
    private bool _inPart = true;

    private Span<byte> Unread => _buffer.Span[_start.._end];

    /// <exception cref="UploadRefusedException">The boundary is missing or too long.</exception>
    public MultipartScanner(Stream body, string? boundary, UploadBuffers buffers)
    {
        if (string.IsNullOrEmpty(boundary) || boundary.Length > LongestBoundary)
        {
            throw UploadRefusedException.BadRequest(
                $"The header Content-Type needs a boundary of 1 to {LongestBoundary} characters: multipart/form-data; boundary=….");
        }
        (_body, _buffers, _buffer) = (body, buffers, buffers.Current);
        _delimiter = Encoding.UTF8.GetBytes("\r\n--" + boundary);
        // A boundary at the very beginning has no line end before it; with one it is like all others.
        "\r\n"u8.CopyTo(_buffer.Span);
        _end = 2;
    }

    /// <summary>
    /// The headers of the next part; null after the last. What nobody read of the part before is passed over. What was
    /// read of it must be done with.
    /// </summary>
    /// <exception cref="UploadRefusedException">The body is no multipart body, or ends too early.</exception>
    public async Task<PartHead?> NextPartAsync(CancellationToken cancellationToken)
    {
        while (_inPart)
        {
            _ = await ReadAsync(cancellationToken);
        }
        if (await StartsWithAsync("--"u8.ToArray(), cancellationToken))
        {
            return null;
        }
        // The line of the boundary ends where the headers begin; without headers the two line ends touch.
        int length;
        while ((length = Unread.IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (_end - _start > LongestHead)
            {
                throw UploadRefusedException.BadRequest($"A part of the body has headers of more than {LongestHead} bytes, or none that end.");
            }
            await MoreAsync(cancellationToken);
        }
        if (length > LongestHead)
        {
            throw UploadRefusedException.BadRequest($"A part of the body has headers of more than {LongestHead} bytes.");
        }
        var head = PartHead.Parse(_buffer.Span.Slice(_start, length));
        // The last line end belongs to the boundary behind an empty part.
        _start += length + 2;
        var isEmpty = await StartsWithAsync(_delimiter, cancellationToken);
        _start += isEmpty ? _delimiter.Length : 2;
        _inPart = !isEmpty;
        return head;
    }

    /// <summary>
    /// The next bytes of the part; empty at its end. They stay as they are until <see cref="UploadBuffers.Count"/> - 1 further calls.
    /// </summary>
    /// <exception cref="UploadRefusedException">The body ends inside the part.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_inPart)
        {
            return default;
        }
        TakeRest();
        await FillAsync(cancellationToken);
        var at = Unread.IndexOf(_delimiter);
        if (at >= 0)
        {
            _inPart = false;
            var last = _buffer.Slice(_start, at);
            _start += at + _delimiter.Length;
            return last;
        }
        // The last bytes may be the first of a boundary: they go over to the next buffer, where the rest of it will come.
        var kept = _delimiter.Length - 1;
        if (_end - _start <= kept)
        {
            throw Broken();
        }
        var length = _end - _start - kept;
        if (length > DirectFile.Alignment)
        {
            length &= -DirectFile.Alignment;
        }
        var piece = _buffer.Slice(_start, length);
        (_start, _hasRest) = (_start + length, true);
        return piece;
    }

    // Not before the next call: until then the next buffer may still be written to the disk.
    private void TakeRest()
    {
        if (_hasRest)
        {
            var next = _buffers.Switch();
            Unread.CopyTo(next.Span);
            (_buffer, _start, _end, _hasRest) = (next, 0, _end - _start, false);
        }
    }

    private static UploadRefusedException Broken() =>
        UploadRefusedException.BadRequest("The body ends before its last boundary: the upload is not whole.");

    private async Task<bool> StartsWithAsync(byte[] wanted, CancellationToken cancellationToken)
    {
        while (_end - _start < wanted.Length)
        {
            if (!await TryMoreAsync(cancellationToken))
            {
                return false;
            }
        }
        return Unread.StartsWith(wanted);
    }

    /// <summary>Until the buffer is full or the body ends: few large pieces are cheaper than many small ones.</summary>
    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Compact();
        }
        while (_end < _buffer.Length && await TryMoreAsync(cancellationToken))
        {
        }
    }

    private async Task MoreAsync(CancellationToken cancellationToken)
    {
        if (!await TryMoreAsync(cancellationToken))
        {
            throw Broken();
        }
    }

    private async Task<bool> TryMoreAsync(CancellationToken cancellationToken)
    {
        if (_end == _buffer.Length)
        {
            Compact();
        }
        var read = await _body.ReadAsync(_buffer[_end..], cancellationToken);
        _end += read;
        return read > 0;
    }

    private void Compact()
    {
        Unread.CopyTo(_buffer.Span);
        (_start, _end) = (0, _end - _start);
    }
}
