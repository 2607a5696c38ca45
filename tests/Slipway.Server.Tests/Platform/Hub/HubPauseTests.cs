using Microsoft.AspNetCore.Http;
using Slipway.Server.Platform.Hub;

namespace Slipway.Server.Tests.Platform.Hub;

public sealed class HubPauseTests
{
    [Fact]
    public async Task Each_repetition_is_told_with_its_reason_and_its_pause()
    {
        await using var site = await HubSite.StartAsync();
        var pauses = new List<HubPause>();
        site.Hub.Trouble = Refuse(times: 2, _ => true, 503, retryAfter: null);
        using var library = site.Library(onPause: pauses.Add, settings: [("Hub:RetryPause", "00:00:00.01"), ("Hub:Retries", "5")]);

        await library.PlanAsync(HubSite.Name, [], HubSite.Token);

        Assert.Equal(
            [(1, 5, TimeSpan.FromMilliseconds(10)), (2, 5, TimeSpan.FromMilliseconds(20))],
            pauses.Select(pause => (pause.Attempt, pause.Most, pause.Pause)));
        Assert.All(pauses, pause => Assert.Contains("answers 503", pause.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ranges_that_are_refused_side_by_side_are_told_of_once()
    {
        await using var site = await HubSite.StartAsync();
        var pauses = new List<HubPause>();
        site.Hub.Trouble = Refuse(times: 4, path => path.Contains("/resolve/", StringComparison.Ordinal), 429, retryAfter: "1");
        using var library = site.Library(onPause: pauses.Add, settings: ("Hub:Parallel", "4"));

        await HubSite.PullAsync(library);

        var pause = Assert.Single(pauses);
        Assert.Equal(TimeSpan.FromSeconds(1), pause.Pause);
        Assert.Contains("asked too often (429)", pause.Reason, StringComparison.Ordinal);
    }

    private static Func<HttpContext, Task<bool>> Refuse(int times, Func<string, bool> isMeant, int status, string? retryAfter) => context =>
    {
        if (!isMeant(context.Request.Path.Value!) || Interlocked.Decrement(ref times) < 0)
        {
            return Task.FromResult(false);
        }
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = retryAfter;
        return Task.FromResult(true);
    };
}
