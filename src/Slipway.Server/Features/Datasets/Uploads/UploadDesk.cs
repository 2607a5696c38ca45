using System.Collections.Concurrent;
using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Features.Datasets.Findings;
using Slipway.Server.Platform.Listening;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>What every way of uploading shares: limits, and how a file that is whole becomes one of its dataset's.</summary>
internal sealed partial class UploadDesk(
    FileStore store, DatasetFolder folder, Inspector inspector, IOptions<DatasetsOptions> options, TimeProvider clock,
    ILogger<UploadDesk> logger) : IDisposable
{
    // A hash that is not remembered is worked out again from the file.
    private const int MostHashes = 256;
    private const int LongestName = 1024;
    private const int RetrySeconds = 10;

    private readonly ConcurrentDictionary<string, RunningHash> _hashes = new();
    private readonly ConcurrentDictionary<string, bool> _open = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _writing = new();
    private readonly SemaphoreSlim _places = new(options.Value.MaxUploads);

    public long MaxBytes => options.Value.MaxUploadBytes;

    /// <summary>Takes one of the places for uploads; given back by disposing.</summary>
    /// <exception cref="UploadRefusedException">All are taken.</exception>
    public IDisposable Enter(HttpResponse response)
    {
        if (!_places.Wait(0))
        {
            response.Headers.RetryAfter = RetrySeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            throw new UploadRefusedException(
                StatusCodes.Status429TooManyRequests,
                $"{options.Value.MaxUploads} files are arriving, as many as Datasets:MaxUploads allows; try again in {RetrySeconds} seconds.");
        }
        return new Place(_places);
    }

    /// <summary>Refuses at once what cannot end well.</summary>
    /// <param name="bytes">How long the file will be, as far as it is known.</param>
    /// <exception cref="UploadRefusedException">It is too long for the limit or for the disk.</exception>
    public void CheckLength(long bytes)
    {
        if (bytes > MaxBytes)
        {
            throw UploadRefusedException.TooLarge(MaxBytes);
        }
        if (bytes > folder.Free - options.Value.KeepFreeBytes)
        {
            throw UploadRefusedException.DiskFull();
        }
    }

    /// <summary>The name as it will be kept: any text of one line.</summary>
    /// <exception cref="UploadRefusedException">It is none.</exception>
    public static string CheckName(string name) =>
        name.Length is 0 or > LongestName ? throw UploadRefusedException.BadRequest(
            $"The file's name has {name.Length} characters; accepted are 1 to {LongestName}.")
        : name.Any(char.IsControl) || name.Contains('\uFFFD', StringComparison.Ordinal) ? throw UploadRefusedException.BadRequest(
            "The file's name holds a control character or is no UTF-8; accepted is any text of one line.")
        : name;

    public FileRow NewFile(string datasetId, string name, string state, long bytes)
    {
        var now = clock.GetUtcNow();
        return new FileRow
        {
            Id = Guid.CreateVersion7(now).ToString(),
            DatasetId = datasetId,
            Name = CheckName(name),
            State = state,
            Bytes = bytes,
            CreatedAt = now.ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>The file that an upload writes; null when another request writes it.</summary>
    public ArrivingFile? TryOpen(FileRow file, bool isNew)
    {
        if (!_open.TryAdd(file.Id, true))
        {
            return null;
        }
        ArrivingFile? opened = null;
        try
        {
            var hash = _hashes.GetOrAdd(file.Id, _ => new RunningHash());
            opened = ArrivingFile.TryOpen(
                folder.Arriving(file.Id), isNew, hash, () => CheckLength(0), () => _open.TryRemove(file.Id, out _));
        }
        finally
        {
            if (opened is null)
            {
                _open.TryRemove(file.Id, out _);
            }
        }
        if (isNew)
        {
            folder.FlushArriving();
        }
        return opened;
    }

    /// <summary>
    /// Makes a whole file one of its dataset's: synced, compared with what the uploader said of it, noted, put into its
    /// place, and looked through from then on. Goes on when the client leaves: all that it had to do is done.
    /// </summary>
    /// <exception cref="UploadRefusedException">It is not what it should be, or the dataset is gone; nothing of it is left.</exception>
    public async Task<FileRow> FinishAsync(FileRow file, ArrivingFile arriving)
    {
        var hash = await arriving.SealAsync();
        if (file.Sha256 is { } expected && expected != hash)
        {
            await DropAsync(file);
            throw new UploadRefusedException(
                UploadRefusedException.ChecksumMismatch, $"The file's SHA-256 is {hash}, not {expected}; nothing of it is kept.");
        }
        var arrived = file with
        {
            State = FileStates.Arrived,
            Bytes = arriving.Length,
            Sha256 = hash,
            UploadedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var isNoted = file.State == FileStates.Open
            ? await store.TryArriveAsync(arrived, CancellationToken.None)
            : await store.TryAddAsync(arrived, CancellationToken.None);
        if (!isNoted)
        {
            Discard(file);
            throw UploadRefusedException.DatasetGone(file.DatasetId);
        }
        await KeepAsync(arrived);
        LogArrived(file.Id, file.DatasetId, arrived.Bytes);
        return arrived;
    }

    /// <summary>Puts an arrived file into its place; also what a crash kept the server from doing.</summary>
    public async Task KeepAsync(FileRow file)
    {
        folder.Place(file);
        if (await store.KeepAsync(file, CancellationToken.None))
        {
            inspector.Start(file);
        }
        else
        {
            folder.Remove(file);
        }
        _ = _hashes.TryRemove(file.Id, out _);
    }

    /// <summary>Ends an upload that cannot go on: its note and its bytes.</summary>
    public async Task DropAsync(FileRow file)
    {
        if (file.State == FileStates.Open)
        {
            await store.RemoveAsync(file.Id, CancellationToken.None);
        }
        Discard(file);
    }

    /// <summary>Removes what lies on the disk of a file that nothing knows any more; whoever still writes it is stopped.</summary>
    public void Discard(FileRow file)
    {
        Stop(file.Id);
        folder.Remove(file);
        _ = _hashes.TryRemove(file.Id, out _);
    }

    /// <summary>A token by which <see cref="Discard"/> stops the one request that writes a file.</summary>
    public CancellationTokenSource Write(string id, CancellationToken cancellationToken) =>
        _writing[id] = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Between two requests of a resumable upload: keeps its hash as long as there are few.</summary>
    public void Rest(string id)
    {
        _ = _writing.TryRemove(id, out _);
        if (_hashes.Count > MostHashes)
        {
            _ = _hashes.TryRemove(id, out _);
        }
    }

    public void Dispose() => _places.Dispose();

    private void Stop(string id)
    {
        if (!_writing.TryGetValue(id, out var writing))
        {
            return;
        }
        try
        {
            writing.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        private readonly IDisposable _transfer = LongTransfers.Begin();

        public void Dispose()
        {
            _transfer.Dispose();
            places.Release();
        }
    }

    [LoggerMessage(2501, LogLevel.Information, "File {Id} of dataset {Dataset} has arrived: {Bytes} bytes")]
    private partial void LogArrived(string id, string dataset, long bytes);
}
