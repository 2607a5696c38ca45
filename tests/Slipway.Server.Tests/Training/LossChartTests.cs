using System.Globalization;
using System.Xml.Linq;
using Slipway.Engine.Training;
using Slipway.Training;

namespace Slipway.Server.Tests.Training;

public sealed class LossChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(5000, 40)]
    public void The_picture_is_well_formed_and_stays_inside_its_frame(int steps, int evaluations)
    {
        var chart = XElement.Parse(LossChart.Draw(History(steps, evaluations), "a <run> & more\u0001")!);

        Assert.Equal("a <run> & more", chart.Elements(Svg + "text").First().Value);
        Assert.Equal(Math.Min(evaluations, 640), chart.Elements(Svg + "circle").Count());
        Assert.All(chart.Elements(Svg + "polyline").SelectMany(line => Points(line.Attribute("points")!.Value)), point =>
        {
            Assert.InRange(point.X, 0, 720);
            Assert.InRange(point.Y, 0, 400);
        });
    }

    [Fact]
    public void A_run_without_a_loss_has_no_picture()
    {
        Assert.Null(LossChart.Draw(new LossHistory(), "none"));
    }

    [Fact]
    public void A_long_run_is_drawn_with_as_many_points_as_can_be_seen()
    {
        var chart = XElement.Parse(LossChart.Draw(History(100_000, 0), "long")!);

        Assert.All(chart.Elements(Svg + "polyline"), line => Assert.InRange(Points(line.Attribute("points")!.Value).Count, 300, 640));
    }

    [Fact]
    public void A_level_line_is_smoothed_to_itself()
    {
        var smooth = LossChart.Smooth([.. Enumerable.Range(1, 100).Select(step => ((double)step, 2.5))]);

        Assert.All(smooth, point => Assert.Equal(2.5, point.Loss, precision: 12));
    }

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(1.93, 9.71, false)]
    [InlineData(0, 1, true)]
    [InlineData(0, 123_456, true)]
    [InlineData(1e-9, 1.1e-9, false)]
    [InlineData(-4, 1e12, false)]
    public void Ticks_lie_on_the_axis_and_are_few(double low, double high, bool whole)
    {
        var ticks = AxisTicks.Between(low, high, count: 6, whole);

        Assert.InRange(ticks.Count, 2, 13);
        Assert.All(ticks, tick => Assert.InRange(tick, low - ((high - low) * 1e-6), high + ((high - low) * 1e-6)));
        Assert.All(ticks, tick => Assert.True(!whole || tick == Math.Round(tick)));
    }

    private static LossHistory History(int steps, int evaluations)
    {
        var history = new LossHistory();
        for (var step = 1; step <= steps; step++)
        {
            history.Add(new StepDone
            {
                Step = step,
                TotalSteps = steps,
                Epoch = 1,
                Loss = 1 + (8.0 / step) + Math.Sin(step),
                LearningRate = 1,
                GradientNorm = 1,
                TotalTokens = 1,
                TokensPerSecond = 1,
                Elapsed = default,
                Remaining = default,
                IsLogged = true,
            });
        }
        for (var i = 1; i <= evaluations; i++)
        {
            history.Add(new EvaluationDone { Step = i * 100, TotalSteps = steps, Epoch = 1, Loss = 2.0 / i, Elapsed = default, Remaining = default });
        }
        return history;
    }

    private static List<(double X, double Y)> Points(string text) => [.. text.Split(' ').Select(pair => pair.Split(',')).Select(pair =>
        (double.Parse(pair[0], CultureInfo.InvariantCulture), double.Parse(pair[1], CultureInfo.InvariantCulture)))];
}
