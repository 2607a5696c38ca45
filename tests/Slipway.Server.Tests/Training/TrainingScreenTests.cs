using Slipway.Engine.Training;
using Slipway.Training;

namespace Slipway.Server.Tests.Training;

public sealed class TrainingScreenTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };

    private static StepDone Step(int step, bool isLogged) => new()
    {
        Step = step,
        TotalSteps = 200,
        Epoch = 0.5,
        Loss = 1.25,
        LearningRate = 3e-4,
        GradientNorm = 1,
        TotalTokens = 1,
        TokensPerSecond = 12345,
        Elapsed = TimeSpan.FromSeconds(61),
        Remaining = TimeSpan.FromSeconds(3661),
        IsLogged = isLogged,
    };

    [Fact]
    public void Without_a_terminal_each_logged_step_is_a_line()
    {
        var screen = new TrainingScreen(_output, columns: null);

        screen.Show(Step(1, isLogged: false));
        screen.Show(Step(2, isLogged: true));

        Assert.Equal("step 2/200  loss 1.2500  lr 3.00e-04  12,345 tokens/s  epoch 0.50  0:01:01 gone, 1:01:01 left\n", _output.ToString());
    }

    [Theory]
    [InlineData(120)]
    [InlineData(60)]
    [InlineData(10)]
    [InlineData(1)]
    public void On_a_terminal_the_bar_is_drawn_in_place_and_never_reaches_the_edge(int columns)
    {
        var screen = new TrainingScreen(_output, () => columns);

        screen.Show(Step(50, isLogged: false));
        screen.Show(Step(100, isLogged: true));

        Assert.DoesNotContain('\n', _output.ToString());
        Assert.All(_output.ToString().Split('\r'), frame => Assert.InRange(frame.Length, 0, columns - 1));
    }

    [Fact]
    public void A_line_takes_the_place_of_the_bar()
    {
        var screen = new TrainingScreen(_output, () => 120);
        screen.Show(Step(100, isLogged: false));
        var bar = _output.ToString().Length - 1;

        screen.Show(new SampleMade(100, "你好", "你好！\n有什么事？"));

        Assert.EndsWith($"\r{new string(' ', bar)}\rstep 100  你好\n  → 你好！\n    有什么事？\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_beginning_says_what_is_trained()
    {
        var screen = new TrainingScreen(_output, columns: null);

        screen.Show(new TrainingStarted(1000, 10, 300, 100, 5_000_000, 40_000));

        Assert.Equal("1,000 examples, 10 held out; 5,000,000 weights, 40,000 of them move; going on from step 100 to 300 steps\n", _output.ToString());
    }

    public void Dispose() => _output.Dispose();
}
