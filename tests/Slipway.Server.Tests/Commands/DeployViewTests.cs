using Slipway.Client.Deployer;
using Slipway.Commands;
using Slipway.Terminal;

namespace Slipway.Server.Tests.Commands;

/// <summary>What a waiting <c>slipway deploy</c> shows.</summary>
public sealed class DeployViewTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public void Every_happening_is_told_once_and_a_status_that_is_one_is_not_told_again()
    {
        var view = new DeployView(new LiveLine(_output, null), [], TimeProvider.System);
        var (stack, service) = (Event("stack", "CREATE_IN_PROGRESS"), Event("model/dev", "InService"));

        view.Report(Status("Creating (Infrastructure)"));
        view.Report(Status("Creating (Infrastructure)", null, stack));
        view.Report(Status("InService", null, stack, service));

        Assert.Equal(["Creating (Infrastructure)", Line(stack), Line(service)], Lines());
    }

    [Fact]
    public void What_has_happened_before_is_not_told()
    {
        var (past, now) = (Event("model/dev", "InService"), Event("model/dev", "Deleting"));
        var view = new DeployView(new LiveLine(_output, null), [past], TimeProvider.System);

        view.Report(Status("Deleting", null, past, now));

        Assert.Equal([Line(now)], Lines());
    }

    [Fact]
    public void What_it_waits_for_is_told_when_it_changes_and_nothing_of_it_steers_the_terminal()
    {
        var view = new DeployView(new LiveLine(_output, null), [], TimeProvider.System);

        view.Report(Status("Creating (Endpoint)", "waits for a GPU\e[2J"));
        view.Report(Status("Creating (Endpoint)", "waits for a GPU\e[2J"));
        view.Report(Status("Creating (Endpoint)", "waits for a port"));

        Assert.Equal(["Creating (Endpoint)", "waits for a GPU [2J", "waits for a port"], Lines());
    }

    [Fact]
    public void On_a_terminal_the_last_line_is_where_it_stands()
    {
        var view = new DeployView(new LiveLine(_output, () => 80), [], TimeProvider.System);

        view.Report(Status("Creating (Endpoint)"));

        Assert.EndsWith("\rCreating (Endpoint)  0:00:00", _output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _output.Dispose();

    private static DeployedModelEvent Event(string subject, string text) => new(Now, subject, text);

    private static string Line(DeployedModelEvent happening) => DeployView.LineOf(happening);

    private static DeployedModelStatus Status(string status, string? reason = null, params IReadOnlyList<DeployedModelEvent> events) => new()
    {
        Status = status,
        InstanceType = "local",
        CreationTime = Now,
        LastModifiedTime = Now,
        FailureReason = reason,
        ServiceType = "local",
        Events = events,
    };

    private List<string> Lines() => [.. _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
