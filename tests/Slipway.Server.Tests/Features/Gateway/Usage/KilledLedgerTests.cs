using System.Diagnostics;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Usage;

namespace Slipway.Server.Tests.Features.Gateway.Usage;

/// <summary>A real process that records, killed without warning.</summary>
public sealed class KilledLedgerTests
{
    private const string Folder = "SLIPWAY_TEST_RECORD_INTO";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_process_loses_nothing_and_nothing_is_counted_twice()
    {
        using var site = new DataSite();
        var acknowledged = 0L;
        for (var kill = 0; kill < 3; kill++)
        {
            // Half-way into a second: between two foldings, and after some of them.
            acknowledged += await RecordUntilKilledAsync(site, entries: 2000 + (kill * 30_000));
        }

        await using var server = await AccessServer.StartAsync(site);

        var rows = await server.Books.QueryAsync("2000-01-01", "2999-12-31", null, null, Token);
        // Each time, the call that was being recorded may have got through without its acknowledgement.
        Assert.InRange(Assert.Single(rows).Requests, acknowledged, acknowledged + 3);
        Assert.Equal(rows[0].Requests, server.Ledger.SpendOf("alice").Total);
    }

    /// <summary>What the other process runs: records for ever, and notes after each record that it came back.</summary>
    [Fact(Explicit = true)]
    public async Task Record_until_killed()
    {
        var path = Environment.GetEnvironmentVariable(Folder)!;
        await using var server = await AccessServer.StartAsync(new DataSite(path));
        using var notes = new FileStream(Path.Combine(path, "acknowledged"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        while (true)
        {
            server.Ledger.Record(new UsageEntry("alice", "m", new TokenUsage(1, 1), 1));
            notes.WriteByte(1);
        }
    }

    private static async Task<long> RecordUntilKilledAsync(DataSite site, long entries)
    {
        var notes = site.In("acknowledged");
        File.Delete(notes);
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Slipway.Server.Tests.dll"),
            "-explicit", "only", "-method", $"{typeof(KilledLedgerTests).FullName}.{nameof(Record_until_killed)}",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Folder] = site.Path;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!File.Exists(notes) || new FileInfo(notes).Length < entries)
        {
            Assert.False(process.HasExited, process.HasExited ? await output : "");
            await timer.WaitForNextTickAsync(Token);
        }
        process.Kill();
        await process.WaitForExitAsync(Token);
        return new FileInfo(notes).Length;
    }
}
