using System.Diagnostics;

namespace Slipway.Server.Tests.Features.Runs.Executors;

/// <summary>Waits for what another process does, by looking.</summary>
internal static class Patience
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> complaint)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Longest, complaint());
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
