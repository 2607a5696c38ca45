using System.Diagnostics;

namespace Slipway.Server.Tests.Features.Gateway;

/// <summary>Waits for what another process or a background task does, by looking.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    public static Task UntilAsync(this AccessServer server, Func<Task<bool>> condition) => UntilAsync(server.Log, condition);

    public static async Task UntilAsync(LogCapture log, Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Longest, $"Still not so after {Longest}. The log: {log.Text}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
