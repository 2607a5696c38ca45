using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Tests.Features.Gateway.Routing;

public sealed class CallWatchTests
{
    [Theory]
    [InlineData((int)CallStop.ClientLeft)]
    [InlineData((int)CallStop.Stopping)]
    public void A_client_that_leaves_while_a_try_is_given_up_is_not_forgotten(int why)
    {
        var watch = new CallWatch(new ManualClock());
        watch.BeginTry(TimeSpan.FromSeconds(1));
        watch.Stop(CallStop.FirstTokenLate);

        watch.Stop((CallStop)why);
        watch.BeginTry(TimeSpan.FromSeconds(1));

        Assert.Equal((CallStop)why, watch.Stopped);
        Assert.True(watch.Token.IsCancellationRequested);
    }
}
