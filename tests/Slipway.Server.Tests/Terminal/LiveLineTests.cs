using Slipway.Client.Runs;
using Slipway.Commands;
using Slipway.Terminal;

namespace Slipway.Server.Tests.Terminal;

public sealed class LiveLineTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Lines_stay_above_the_one_that_is_drawn_anew()
    {
        var screen = new LiveLine(_output, () => 20);

        screen.Draw("50%");
        screen.Say("step 1");
        screen.Leave(() => _output.Write("end"));

        Assert.Equal("\r50%\r   \rstep 1\n\r50%\r   \rend", _output.ToString());
    }

    [Fact]
    public void Without_a_terminal_nothing_is_drawn()
    {
        var screen = new LiveLine(_output, columns: null);

        screen.Draw("50%");
        screen.Say("step 1");

        Assert.Equal("step 1\n", _output.ToString());
    }

    [Theory]
    [InlineData(80)]
    [InlineData(10)]
    [InlineData(1)]
    public void A_bar_never_reaches_the_edge(int columns)
    {
        var view = new RunView(new LiveLine(_output, () => columns), new LogWish(null, null, null, null, IsJson: false));

        view.Show(new RunLogEvent { Type = RunLogEventTypes.Frame, Frame = "正在加载 50%" });
        view.Show(new RunLogEvent
        {
            Type = RunLogEventTypes.Progress,
            Progress = new RunProgress
            {
                Status = RunStatuses.Running,
                Progress = 0.5,
                Step = 50,
                TotalSteps = 100,
                EtaSeconds = 61,
                Metrics = new Dictionary<string, double> { ["loss"] = 1.25 },
            },
        });

        Assert.All(_output.ToString().Split('\r'), frame => Assert.InRange(CellText.WidthOf(frame), 0, columns - 1));
        Assert.True(columns < 80 || _output.ToString().EndsWith("50%  50/100  loss 1.25  0:01:01 left", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_lines_that_are_wanted_are_shown()
    {
        var view = new RunView(new LiveLine(_output, null), new LogWish(null, null, "error", "CUDA", IsJson: false));

        view.Show([Line(1, "info", "cuda is there"), Line(2, "error", "no such file"), Line(3, "error", "cuda out of memory\e[2J")]);

        Assert.Equal("cuda out of memory [2J\n", _output.ToString());
    }

    private static RunLogLine Line(long number, string level, string text) =>
        new() { Line = number, Attempt = 1, Level = level, Source = "output", Text = text };
}
