using Microsoft.Win32.SafeHandles;
using Slipway.Server.Platform.Files;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>Reads the user's catalog before the first request, then follows what becomes of the file.</summary>
internal sealed partial class CatalogFollower(
    ModelCatalog catalog, IOptions<CatalogOptions> options, TimeProvider clock, ILogger<CatalogFollower> logger) : BackgroundService
{
    private const int MostFaultsTold = 5;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // What was last seen of the file: its time and length, or why it could not be read.
    private string? _state;

    /// <exception cref="ServerStartException">The file is not there, or something is wrong with it.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Path is { Length: > 0 } path)
        {
            if (LookAgain(path) is { } fault)
            {
                throw new ServerStartException($"Catalog:Path is '{path}', which cannot be used: {fault}.");
            }
            await base.StartAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (LookAgain(options.Value.Path!) is { } fault)
            {
                LogUnusable(options.Value.Path!, fault);
            }
        }
    }

    /// <summary>Takes the file over if it has changed.</summary>
    /// <returns>Why it cannot be used, once for each state of it.</returns>
    private string? LookAgain(string path)
    {
        var before = _state;
        try
        {
            using var file = PlainFile.TryOpen(Target(path));
            _state = file is null
                ? "there is no such file, or it cannot be opened"
                : $"{File.GetLastWriteTimeUtc(file).Ticks} {RandomAccess.GetLength(file)}";
            return _state == before ? null : file is null ? _state : Take(path, ReadSome(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _state = exception.Message.TrimEnd('.');
            return _state == before ? null : _state;
        }
    }

    private string? Take(string path, ReadOnlySpan<byte> bytes)
    {
        var isJson = Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);
        var (content, faults) = CatalogFile.Read(bytes, isJson, ModelCatalog.AtStart);
        if (content is null)
        {
            return Tell(faults);
        }
        catalog.Replace(content);
        LogTaken(path, content.Models.Count, content.Models.Count - ModelCatalog.AtStart.Models.Count);
        return null;
    }

    // A mounted configuration is a link that is turned to another file.
    private static string Target(string path)
    {
        var full = Path.GetFullPath(path);
        return new FileInfo(full) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full : full;
    }

    private static ReadOnlySpan<byte> ReadSome(SafeFileHandle file)
    {
        var bytes = new byte[Math.Min(RandomAccess.GetLength(file), CatalogFile.LargestFile + 1)];
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), read) is var more and > 0)
        {
            read += more;
        }
        return bytes.AsSpan(0, read);
    }

    private static string Tell(IReadOnlyList<YamlFault> faults) =>
        string.Join("; ", faults.Take(MostFaultsTold).Select(fault => fault.Sentence))
        + (faults.Count > MostFaultsTold ? $"; and {faults.Count - MostFaultsTold} more" : "");

    [LoggerMessage(2640, LogLevel.Information, "The catalog of models was read from {Path}: {Models} models, {Added} of them the file's own")]
    private partial void LogTaken(string path, int models, int added);

    [LoggerMessage(2641, LogLevel.Error, "{Path} has changed to something that cannot be used; the catalog stays as it was: {Fault}")]
    private partial void LogUnusable(string path, string fault);
}
