using Microsoft.AspNetCore.Http;
using Slipway.Server.Features.Gateway.Surface;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

public sealed class EventStreamTests
{
    [Fact]
    public void The_timer_may_look_at_a_stream_that_has_just_ended()
    {
        var clock = new HandClock();
        var events = new EventStream(new DefaultHttpContext().Response, TimeSpan.FromSeconds(15), clock);
        events.Dispose();
        clock.Move(TimeSpan.FromSeconds(16));

        // It runs on a thread of its own, where an exception ends the process.
        events.PingIfSilent();

        Assert.False(events.IsFull);
    }
}
