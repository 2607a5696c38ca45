using System.Diagnostics;
using System.Text;
using Slipway.Server.Features.Runs.Logs;
using Slipway.Server.Features.Runs.Metrics;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>Prints what ten million lines cost. Asked for by name only: it takes most of a gigabyte of disk.</summary>
public sealed class LogTimings(ITestOutputHelper output) : IDisposable
{
    private const int Lines = 10_000_000;

    private readonly OutputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Explicit = true)]
    public void Ten_million_lines()
    {
        Write();
        var bytes = new FileInfo(_folder.Output).Length;
        Time($"indexed, {bytes >> 20} MiB", bytes, () => _folder.Indexed());
        File.Delete(_folder.Index);
        Time("indexed with metrics", bytes, IndexWithMetrics);
        using var reader = _folder.Read();
        Assert.Equal(Lines, reader.End.Lines);

        Time("opened", 0, () => _folder.Read().Dispose());
        Time("page in the middle", 0, () => reader.Page(Lines / 2, new LogQuery { Limit = 100 }));
        Time("last page", 0, () => reader.Last(new LogQuery { Limit = 100 }));
        Time("page of errors", 0, () => reader.Page(Lines / 2, new LogQuery { Limit = 100, Level = LineLevel.Error }));
        Time("last errors", 0, () => reader.Last(new LogQuery { Limit = 100, Level = LineLevel.Error }));
        Time("nth error", 0, () => reader.NumberOf(LineLevel.Error, 5));
        Time("search for what is often there", 0, () => reader.Page(0, new LogQuery { Limit = 100, Search = "GRAD_NORM" }));
        Time("search for what is nowhere, all", bytes, () => reader.Page(0, new LogQuery { Limit = 100, Search = "nowhere", Budget = TimeSpan.FromMinutes(1) }));
        Time("search for what is nowhere, with a budget", 0, () => reader.Page(0, new LogQuery { Limit = 100, Search = "nowhere", Budget = TimeSpan.FromMilliseconds(40) }));
    }

    private void IndexWithMetrics()
    {
        var metrics = new MetricReader(TimeProvider.System, isResumed: false);
        using var indexer = LogIndexer.Open(_folder.Output);
        while (indexer.Advance(metrics, 4 << 20, CancellationToken.None))
        {
            metrics.Take(isLast: false);
        }
    }

    private void Write()
    {
        using var file = new StreamWriter(_folder.Output, append: false, new UTF8Encoding(false), 1 << 20);
        for (var i = 0; i < Lines; i++)
        {
            file.Write((i % 100) switch
            {
                0 => $"{{'loss': '{i % 7}.178', 'grad_norm': '1.563', 'learning_rate': '1.265e-05', 'epoch': '{i / 1e6:F3}'}}\n",
                1 => $"[INFO|trainer.py:2519] 2026-08-18 19:50:01,{i % 1000:000} >> Saving model checkpoint to out/checkpoint-{i}\n",
                2 when i % 1_000_000 == 2 => $"[ERROR|trainer.py:1] number {i}\n",
                _ => $"worker {i % 8} has read another sample, number {i}, of the shard\n",
            });
        }
    }

    private void Time(string what, long bytes, Action action)
    {
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        action();
        var (wall, cpu) = (watch.Elapsed, Environment.CpuUsage.TotalTime - before);
        var rate = bytes == 0 ? "" : $", {bytes / cpu.TotalSeconds / 1e6:F0} MB/s of CPU time";
        output.WriteLine($"{what}: {wall.TotalMilliseconds:F1} ms, {cpu.TotalMilliseconds:F1} ms of CPU time{rate}");
    }
}
