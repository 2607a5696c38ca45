using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Slipway.Server.Features.Datasets.Uploads;
using Slipway.Server.Platform.Database;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Datasets.Files;

/// <summary>
/// A file on its way in. Pieces are written and hashed while the caller fetches the next ones, and the disk is kept writing
/// behind, so that the sync at the end has little left to do.
/// </summary>
internal sealed class ArrivingFile : IAsyncDisposable
{
    // A disk writes this in some tenths of a second; of what went straight to it, it has only the places left to note.
    private const long FlushEvery = 64 << 20;
    private const long FlushDirectEvery = 256 << 20;

    // Linux takes memory for its cache in pieces as large as the write. From half a mebibyte on there are seldom free ones at hand: such
    // a write costs up to five times as much, see bench/results.
    private const int WriteAtOnce = 256 << 10;

    // What is shorter is read again soon, to be counted and checked, and does well in the cache.
    private const long DirectFrom = 64 << 20;

    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly RunningHash _hash;
    private readonly Action _checkRoom;
    private readonly Action _closed;
    private readonly Queue<Task> _pieces = [];
    private Task _written = Task.CompletedTask;
    private Task _hashed = Task.CompletedTask;
    private Task _flush = Task.CompletedTask;
    private long _flushed;
    private SafeFileHandle? _direct;
    private bool _isDirectTried;

    private ArrivingFile(FileStream file, RunningHash hash, Action checkRoom, Action closed)
    {
        (_file, _handle, _hash, _checkRoom, _closed) = (file, file.SafeFileHandle, hash, checkRoom, closed);
        _flushed = Length = RandomAccess.GetLength(_handle);
        if (hash.Position > Length)
        {
            hash.Reset();
        }
    }

    /// <summary>Bytes taken, those still being written included.</summary>
    public long Length { get; private set; }

    /// <summary>Opens a file, or makes it; null while <see cref="LengthOfLeftover"/> looks at it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="isNew">Whether it must not be there yet; otherwise it must be.</param>
    /// <param name="hash">Of what is there, as far as it is known.</param>
    /// <param name="checkRoom">Called now and then; throws when the disk has too little room left.</param>
    /// <param name="closed">Called when it is closed.</param>
    public static ArrivingFile? TryOpen(string path, bool isNew, RunningHash hash, Action checkRoom, Action closed)
    {
        try
        {
            var options = DataFolder.Private(
                isNew ? FileMode.CreateNew : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return new ArrivingFile(new FileStream(path, options), hash, checkRoom, closed);
        }
        catch (IOException exception) when (DiskFaults.IsHeld(exception))
        {
            return null;
        }
    }

    /// <summary>How long a file is that nobody writes, in this process or another; null when somebody does.</summary>
    public static long? LengthOfLeftover(string path)
    {
        try
        {
            // Not to be shared: whoever has it open stands in the way.
            using var file = new FileStream(path, DataFolder.Private(FileMode.Open, FileAccess.ReadWrite, FileShare.None));
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException exception) when (DiskFaults.IsHeld(exception))
        {
            return null;
        }
    }

    /// <summary>
    /// Takes the next bytes. They must stay as they are until <see cref="UploadBuffers.Count"/> - 1 further calls have returned, or
    /// <see cref="DrainAsync"/> has.
    /// </summary>
    /// <param name="bytes">Go to the end of the file.</param>
    /// <param name="check">Another hash that they are added to.</param>
    /// <exception cref="UploadRefusedException">The disk is full.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, IncrementalHash? check = null)
    {
        while (_pieces.Count >= UploadBuffers.Count - 1)
        {
            await GuardAsync(_pieces.Dequeue());
        }
        var offset = Length;
        Length += bytes.Length;
        _written = AfterAsync(_written, () => Write(offset, bytes.Span));
        _hashed = AfterAsync(_hashed, () =>
        {
            _hash.Append(offset, bytes.Span);
            check?.AppendData(bytes.Span);
        });
        _pieces.Enqueue(Task.WhenAll(_written, _hashed));
        if (Length - _flushed >= (_direct is null ? FlushEvery : FlushDirectEvery) && _flush.IsCompleted)
        {
            await GuardAsync(_flush);
            _checkRoom();
            _flushed = Length;
            _flush = Task.Run(() => RandomAccess.FlushToDisk(_handle), CancellationToken.None);
        }
    }

    /// <summary>Waits until all bytes taken are in the file.</summary>
    public async Task DrainAsync()
    {
        while (_pieces.TryDequeue(out var piece))
        {
            await GuardAsync(piece);
        }
    }

    /// <summary>Takes the bytes from <paramref name="length"/> on away again.</summary>
    public async Task CutAsync(long length)
    {
        await DrainAsync();
        RandomAccess.SetLength(_handle, length);
        Length = length;
        _flushed = Math.Min(_flushed, length);
        _hash.Reset();
    }

    /// <summary>Waits until all bytes are on the disk.</summary>
    public async Task FlushAsync()
    {
        await DrainAsync();
        await GuardAsync(_flush);
        await GuardAsync(Task.Run(() => RandomAccess.FlushToDisk(_handle), CancellationToken.None));
    }

    /// <summary>Waits until the file is on the disk and gives its SHA-256.</summary>
    public async Task<string> SealAsync()
    {
        await DrainAsync();
        var hash = Task.Run(() => _hash.CatchUp(_handle), CancellationToken.None);
        await FlushAsync();
        return await hash;
    }

    public async ValueTask DisposeAsync()
    {
        // Whatever they came to: the buffers and the handle are free only afterwards.
        await Task.WhenAll(_written, _hashed, _flush).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_written.IsCompletedSuccessfully)
        {
            // It may have counted what is not in the file.
            _hash.Reset();
        }
        _direct?.Dispose();
        await _file.DisposeAsync();
        _closed();
    }

    private static async Task GuardAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (IOException exception) when (DiskFaults.IsFull(exception))
        {
            throw UploadRefusedException.DiskFull();
        }
    }

    /// <summary>In order, and none after one that failed: a file has no holes.</summary>
    private static async Task AfterAsync(Task before, Action work)
    {
        await before.ConfigureAwait(false);
        await Task.Run(work, CancellationToken.None).ConfigureAwait(false);
    }

    private void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset >= DirectFrom)
        {
            var written = WriteDirect(offset, bytes);
            offset += written;
            bytes = bytes[written..];
        }
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(WriteAtOnce, bytes.Length)..])
        {
            var some = bytes[..Math.Min(WriteAtOnce, bytes.Length)];
            RandomAccess.Write(_handle, some, offset);
            offset += some.Length;
        }
    }

    private int WriteDirect(long offset, ReadOnlySpan<byte> bytes)
    {
        if (!_isDirectTried)
        {
            (_direct, _isDirectTried) = (DirectFile.TryOpen(_file.Name), true);
        }
        try
        {
            return _direct is null ? 0 : DirectFile.Write(_direct, bytes, offset);
        }
        catch (IOException)
        {
            // The disk is full, or wants other multiples: the usual way knows.
            _direct!.Dispose();
            _direct = null;
            return 0;
        }
    }
}
