using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>A window that moves over a file, front to back. It grows with the longest record, up to <see cref="Largest"/>.</summary>
internal sealed class FileWindow(SafeFileHandle file)
{
    /// <summary>The longest record that is looked at.</summary>
    public const int Largest = 8 << 20;

    private const int Usual = 256 << 10;

    private byte[] _bytes = new byte[Usual];
    private int _start;
    private int _end;
    private long _read;

    /// <summary>What is in view.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, _end - _start);

    public int Length => _end - _start;

    /// <summary>How far the file was read.</summary>
    public long Position => _read - Length;

    /// <summary>A part of what is in view; it stays as it is until <see cref="TryMore"/>.</summary>
    public ReadOnlyMemory<byte> Slice(int start, int length) => _bytes.AsMemory(_start + start, length);

    /// <summary>Moves the front forward.</summary>
    public void Skip(int count) => _start += count;

    /// <summary>Brings more into view; false at the end of the file, and when the view is as large as it may get.</summary>
    public bool TryMore()
    {
        if (_start > 0)
        {
            Span.CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _bytes.Length)
        {
            if (_bytes.Length >= Largest)
            {
                return false;
            }
            Array.Resize(ref _bytes, Math.Min(Largest, _bytes.Length * 4));
        }
        var read = RandomAccess.Read(file, _bytes.AsSpan(_end), _read);
        _read += read;
        _end += read;
        return read > 0;
    }
}
