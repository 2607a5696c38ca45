using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slipway.Server.Processes;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Processes;

/// <summary>A folder for processes, and a host that knows nothing of what others started there.</summary>
internal sealed class ProcessSite : IAsyncDisposable
{
    private readonly LoggerFactory _loggers = new();

    public ProcessSite(params string[] passed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes that outlive the server need Linux.");
        _loggers.AddProvider(Log);
        Host = new ProcessHost(
            Options.Create(new ProcessOptions { PassEnvironment = passed }),
            new ProcessKiller(TimeProvider.System, _loggers.CreateLogger<ProcessKiller>()),
            TimeProvider.System);
    }

    public string Root { get; init; } = Directory.CreateTempSubdirectory("slipway-processes-").FullName;

    public LogCapture Log { get; } = new();

    public ProcessHost Host { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public string FolderOf(string name) => Path.Combine(Root, name);

    public string OutputOf(string name) => File.ReadAllText(Path.Combine(FolderOf(name), "output.log"));

    public ProcessOrder Order(string name, params string[] command) => new()
    {
        Folder = FolderOf(name),
        Command = command,
        WorkingDirectory = Root,
        Mark = name,
        OutputFile = Path.Combine(FolderOf(name), "output.log"),
    };

    public ProcessOrder Shell(string name, string script) => Order(name, "sh", "-c", script);

    public Task<string?> StartAsync(ProcessOrder order) => Host.StartAsync(order, Token);

    public async Task<ProcessSighting> RunAsync(ProcessOrder order)
    {
        Assert.Null(await StartAsync(order));
        return await EndOfAsync(Path.GetFileName(order.Folder));
    }

    public async Task<ProcessSighting> EndOfAsync(string name)
    {
        await UntilAsync(() => Host.Look(FolderOf(name)).State != ProcessState.Running);
        return Host.Look(FolderOf(name));
    }

    public Task UntilAsync(Func<bool> condition) => Waiting.UntilAsync(Log, () => Task.FromResult(condition()));

    public static async Task UntilAsync(Func<bool> condition, TimeSpan longest)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
        {
            Assert.True(watch.Elapsed < longest, $"Still not so after {longest}.");
            await timer.WaitForNextTickAsync(Token);
        }
    }

    /// <summary>Waits for a number that a process writes to a file of this name, whole.</summary>
    public async Task<int> NumberAsync(string file)
    {
        var path = Path.Combine(Root, file);
        await UntilAsync(() => File.Exists(path) && File.ReadAllText(path).EndsWith('\n'));
        return int.Parse(await File.ReadAllTextAsync(path, Token), null);
    }

    public static bool IsAlive(int pid) => ProcessStat.Of(pid) is { HasEnded: false };

    public async ValueTask DisposeAsync()
    {
        foreach (var folder in Directory.EnumerateDirectories(Root))
        {
            await Host.StopAsync(folder, force: true, CancellationToken.None);
            await Host.SweepAsync(folder, CancellationToken.None);
        }
        TestData.Delete(Root);
        Log.Dispose();
        _loggers.Dispose();
    }

    public static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }
}
