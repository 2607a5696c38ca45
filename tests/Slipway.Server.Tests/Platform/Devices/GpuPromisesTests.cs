using Slipway.Server.Platform.Devices;
using Slipway.Server.Tests.Features.Gateway.Routing;

namespace Slipway.Server.Tests.Platform.Devices;

public sealed class GpuPromisesTests
{
    private readonly ManualClock _clock = new();
    private readonly GpuPromises _promises;

    public GpuPromisesTests() => _promises = new GpuPromises(_clock);

    [Fact]
    public void Nothing_is_known_before_all_givers_have_told_theirs()
    {
        var atFirst = _promises.AreKnown;
        _promises.Tell(GpuGiver.Runs, GiverState.Known);
        var afterOne = _promises.AreKnown;
        _promises.Tell(GpuGiver.Deployments, GiverState.Known);

        Assert.Equal((false, false, true), (atFirst, afterOne, _promises.AreKnown));
    }

    [Fact]
    public void One_whom_another_server_keeps_out_is_waited_for_a_moment_only()
    {
        _promises.Tell(GpuGiver.Deployments, GiverState.KeptOut);
        _promises.Tell(GpuGiver.Runs, GiverState.Known);
        var atOnce = _promises.AreKnown;
        _clock.Move(TimeSpan.FromSeconds(6));
        var later = _promises.AreKnown;
        _promises.Tell(GpuGiver.Deployments, GiverState.Awaited);
        var whenItsTurnComes = _promises.AreKnown;

        Assert.Equal((false, true, false), (atOnce, later, whenItsTurnComes));
    }
}
