using System.CommandLine;
using Slipway.Client;
using Slipway.Client.Runs;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway runs metrics</c> and <c>compare</c>: the figures of one run, and of several side by side.</summary>
internal static class RunFigures
{
    private const int CurveCells = 24;
    private const string Levels = "▁▂▃▄▅▆▇█";

    private const string MetricsTeaching = """
        Show the series of a run: each one's first, last, least and greatest value. With --name, its points.

          slipway runs metrics RUN
          slipway runs metrics RUN --name eval_loss
          slipway runs metrics RUN --json > series.jsonl
        """;

    private static readonly Option<string?> Name = new("--name", "-n") { Description = "The points of this series.", HelpName = "NAME" };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "Only those of this attempt, from 1.", HelpName = "N" };
    private static readonly Argument<string[]> Runs = new("RUN") { Description = "1 to 20 ids.", Arity = ArgumentArity.OneOrMore };

    public static Command CreateMetrics() => RemoteServer.Verb("metrics", MetricsTeaching, [RunsCommand.Run, Name, Attempt], MetricsAsync);

    public static Command CreateCompare() => RemoteServer.Verb(
        "compare", "Put runs side by side: the settings in which they differ, and the newest value of each series.", [Runs], CompareAsync);

    private static async Task<int> MetricsAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = arguments.GetValue(Name);
        var points = await client.GetRunMetricsAsync(
            arguments.GetRequiredValue(RunsCommand.Run), name, arguments.GetValue(Attempt), cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(points);
        }
        return Listing.Write(
            name is null ? Series(points) : Points(points), points.Count, points.Count,
            name is null ? "The run has no figures yet." : $"The run has no series '{name}'; 'slipway runs metrics RUN' lists those that it has.");
    }

    private static TextTable Points(IReadOnlyList<RunMetricPoint> points)
    {
        var table = new TextTable(
            new("STEP", IsRight: true), new("EPOCH", IsRight: true), new("VALUE", IsRight: true), new("ATTEMPT", IsRight: true), new("AT"), new("SOURCE"));
        foreach (var point in points)
        {
            table.Add(
                point.Step is { } step ? Wording.Count(step) : "", Wording.Number(point.Epoch), ValueOf(point), $"{point.Attempt}",
                Wording.Time(point.At), point.Source);
        }
        return table;
    }

    private static TextTable Series(IReadOnlyList<RunMetricPoint> points)
    {
        var table = new TextTable(
            new("NAME", 12), new("POINTS", IsRight: true), new("FIRST", IsRight: true), new("LAST", IsRight: true), new("LEAST", IsRight: true),
            new("GREATEST", IsRight: true), new("COURSE"));
        foreach (var series in points.GroupBy(point => point.Name).OrderBy(series => series.Key, StringComparer.Ordinal))
        {
            var values = series.Where(point => point.Value is not null).Select(point => point.Value!.Value).ToList();
            table.Add(
                series.Key, Wording.Count(series.Count()), ValueOf(series.First()), ValueOf(series.Last()),
                values.Count == 0 ? "" : Wording.Number(values.Min()), values.Count == 0 ? "" : Wording.Number(values.Max()), Curve(values));
        }
        return table;
    }

    private static string ValueOf(RunMetricPoint point) => point.Value is null ? "nan" : Wording.Number(point.Value);

    /// <summary>The course of a series as a line of small bars.</summary>
    private static string Curve(List<double> values)
    {
        if (values.Count < 2)
        {
            return "";
        }
        var (least, greatest) = (values.Min(), values.Max());
        var cells = Math.Min(CurveCells, values.Count);
        return string.Concat(Enumerable.Range(0, cells).Select(cell =>
        {
            var value = values[(int)((long)cell * (values.Count - 1) / Math.Max(1, cells - 1))];
            var share = greatest > least ? (value - least) / (greatest - least) : 0;
            return Levels[(int)Math.Round(share * (Levels.Length - 1))];
        }));
    }

    private static async Task<int> CompareAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var comparison = await client.CompareRunsAsync(arguments.GetRequiredValue(Runs), cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(comparison);
            return CommandLine.Success;
        }
        var table = new TextTable([new TableColumn("", 16), .. comparison.Runs.Select(run => new TableColumn(run.Id, 12))]);
        Add(table, "project", comparison.Runs.Select(run => run.ProjectName));
        Add(table, "status", comparison.Runs.Select(run => run.Status));
        Add(table, "took", comparison.Runs.Select(run => Wording.Span(run.StartedAt, run.FinishedAt)));
        foreach (var (name, values) in comparison.Differences.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Add(table, name, values.Select(value => value ?? "-"));
        }
        foreach (var (name, values) in comparison.Metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Add(table, name, values.Select(value => value is null ? "-" : Wording.Number(value)));
        }
        table.Write();
        return CommandLine.Success;
    }

    private static void Add(TextTable table, string name, IEnumerable<string> values) => table.Add([name, .. values]);
}
