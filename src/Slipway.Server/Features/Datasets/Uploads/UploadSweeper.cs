using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Features.Datasets.Findings;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>Clears up where uploads arrive: ends what a crash left half done, and removes what nobody will go on with.</summary>
internal sealed partial class UploadSweeper(
    FileStore store, DatasetFolder folder, UploadDesk desk, Inspector inspector, IOptions<DatasetsOptions> options,
    TimeProvider clock, ILogger<UploadSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    // A file is made and then locked: so young a one may be between the two.
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    // Their hashes are worked out while the server already answers.
    private readonly List<string> _whole = [];

    /// <summary>When an upload is given up, if nothing more comes of it.</summary>
    public DateTimeOffset EndOf(FileRow file) => LastTouched(file.Id, DateTimeOffset.FromUnixTimeMilliseconds(file.CreatedAt)) + options.Value.ResumableFor;

    /// <summary>Before the first request: what lies there was left by a server that is no more.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var file in await store.ArrivedAsync(cancellationToken))
        {
            if (File.Exists(folder.Kept(file)))
            {
                await desk.KeepAsync(file);
            }
        }
        await SweepAsync(TimeSpan.Zero, cancellationToken);
        await inspector.StartAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Looks at everything once; leaves alone what is younger than <paramref name="age"/> or being written.</summary>
    internal async Task SweepAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        foreach (var id in folder.AllArriving())
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await LookAtAsync(id, age, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or UploadRefusedException)
            {
                LogNotSwept(exception, id);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await FinishWholeAsync(stoppingToken);
                await SweepAsync(Young, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogSweepFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task FinishWholeAsync(CancellationToken cancellationToken)
    {
        foreach (var id in _whole)
        {
            if (await store.FindAsync(id, cancellationToken) is { State: FileStates.Open } file)
            {
                await using var arriving = desk.TryOpen(file, isNew: false);
                if (arriving is not null)
                {
                    await desk.FinishAsync(file, arriving);
                }
            }
        }
        _whole.Clear();
    }

    private async Task LookAtAsync(string id, TimeSpan age, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var touched = LastTouched(id, now);
        if (now - touched < age)
        {
            return;
        }
        if (ArrivingFile.LengthOfLeftover(folder.Arriving(id)) is not { } length)
        {
            return;
        }
        switch (await store.FindAsync(id, cancellationToken))
        {
            case null:
                LogLeftover(id, length);
                desk.Discard(new FileRow { Id = id });
                break;
            case { State: FileStates.Open } file when length == file.Bytes:
                _whole.Add(file.Id);
                break;
            case { State: FileStates.Open } file when now - touched > options.Value.ResumableFor:
                LogGivenUp(id, length, file.Bytes);
                await desk.DropAsync(file);
                break;
            case { State: FileStates.Arrived or FileStates.Kept } file:
                await desk.KeepAsync(file);
                break;
        }
    }

    private DateTimeOffset LastTouched(string id, DateTimeOffset otherwise)
    {
        var path = folder.Arriving(id);
        return File.Exists(path) ? new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero) : otherwise;
    }

    [LoggerMessage(2511, LogLevel.Information, "Removed what was left of upload {Id}, {Bytes} bytes: it had broken off")]
    private partial void LogLeftover(string id, long bytes);

    [LoggerMessage(2512, LogLevel.Information, "Gave up upload {Id} at {Bytes} of {Length} bytes: nothing more came")]
    private partial void LogGivenUp(string id, long bytes, long length);

    [LoggerMessage(2513, LogLevel.Warning, "Upload {Id} could not be cleared up")]
    private partial void LogNotSwept(Exception exception, string id);

    [LoggerMessage(2514, LogLevel.Error, "A look through the uploads failed; the next one tries again")]
    private partial void LogSweepFailed(Exception exception);
}
