using System.Globalization;
using System.Security;
using System.Text;

namespace Slipway.Training;

/// <summary>The losses of a run as an SVG picture of 720 × 400, for light and dark pages.</summary>
internal sealed class LossChart
{
    private const int Width = 720, Height = 400;
    private const double Left = 62, Right = 704, Top = 52, Bottom = 348;

    /// <summary>More points than the plot has pixels would show nothing more.</summary>
    private const int MostPoints = 640;

    private const string Style = """
        <style>
          .page { fill: #ffffff; }
          text { font: 12px system-ui, sans-serif; fill: #656d76; }
          .title { font-size: 15px; font-weight: 600; fill: #1f2328; }
          .grid { stroke: #e4e8ec; }
          .axis { stroke: #656d76; }
          .raw, .smooth { fill: none; stroke: #0969da; stroke-linejoin: round; }
          .raw { opacity: .35; }
          .smooth { stroke-width: 2; }
          .eval { fill: none; stroke: #bc4c00; stroke-width: 1.5; }
          .dot { fill: #bc4c00; }
          .end { text-anchor: end; }
          .middle { text-anchor: middle; }
          @media (prefers-color-scheme: dark) {
            .page { fill: #0d1117; }
            text { fill: #9198a1; }
            .title { fill: #e6edf3; }
            .grid { stroke: #262c36; }
            .axis { stroke: #9198a1; }
            .raw, .smooth { stroke: #58a6ff; }
            .eval { stroke: #f0883e; }
            .dot { fill: #f0883e; }
          }
        </style>
        """;

    private readonly IReadOnlyList<(double Step, double Loss)> _training;
    private readonly IReadOnlyList<(double Step, double Loss)> _evaluation;
    private readonly double _lastStep;
    private readonly double _low;
    private readonly double _high;

    private LossChart(LossHistory history)
    {
        _training = Thin([.. history.Training.Select(pair => ((double)pair.Key, pair.Value))]);
        _evaluation = Thin([.. history.Evaluation.Select(pair => ((double)pair.Key, pair.Value))]);
        var all = _training.Concat(_evaluation).ToList();
        _lastStep = Math.Max(1, all.Max(point => point.Step));
        (_low, _high) = (all.Min(point => point.Loss), all.Max(point => point.Loss));
        var margin = _high > _low ? (_high - _low) * 0.05 : Math.Max(0.5, Math.Abs(_low) * 0.1);
        (_low, _high) = (_low >= 0 ? Math.Max(0, _low - margin) : _low - margin, _high + margin);
    }

    /// <summary>Draws a run; null when it has no loss to draw.</summary>
    /// <param name="history">Its losses.</param>
    /// <param name="title">What stands above the picture.</param>
    public static string? Draw(LossHistory history, string title) =>
        history.Training.Count + history.Evaluation.Count == 0 ? null : new LossChart(history).ToSvg(title);

    /// <summary>Each point with its neighbours on both sides averaged: unlike a trailing mean, it does not lag behind a falling loss.</summary>
    internal static IReadOnlyList<(double Step, double Loss)> Smooth(IReadOnlyList<(double Step, double Loss)> points)
    {
        var reach = Math.Clamp(points.Count / 40, 0, 16);
        List<(double, double)> smooth = [];
        for (var i = 0; i < points.Count; i++)
        {
            // As far ahead as back, or the steep beginning would be drawn too low; at the level end what there is.
            var first = Math.Max(0, i - reach);
            var last = Math.Min(points.Count - 1, (2 * i) - first);
            smooth.Add((points[i].Step, points.Skip(first).Take(last - first + 1).Average(point => point.Loss)));
        }
        return smooth;
    }

    /// <summary>Neighbours are averaged until few enough are left.</summary>
    private static IReadOnlyList<(double Step, double Loss)> Thin(IReadOnlyList<(double Step, double Loss)> points) =>
        points.Count <= MostPoints
            ? points
            : [.. points.Chunk((points.Count + MostPoints - 1) / MostPoints).Select(chunk => (chunk[^1].Step, chunk.Average(point => point.Loss)))];

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private string ToSvg(string title)
    {
        var svg = new StringBuilder();
        var name = SecurityElement.Escape(Printable(title));
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" role="img" aria-label="{name}">""").Append('\n');
        svg.Append(Style).Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<rect class="page" width="{Width}" height="{Height}" rx="6"/>""").Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<text class="title" x="{Left}" y="24">{name}</text>""").Append('\n');
        AppendAxes(svg);
        AppendLines(svg);
        AppendLegend(svg);
        return svg.Append("</svg>\n").ToString();
    }

    private void AppendAxes(StringBuilder svg)
    {
        foreach (var tick in AxisTicks.Between(_low, _high, count: 8, whole: false))
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<line class="grid" x1="{Left}" x2="{Right}" y1="{Number(Y(tick))}" y2="{Number(Y(tick))}"/>""");
            svg.Append(CultureInfo.InvariantCulture, $"""<text class="end" x="{Left - 8}" y="{Number(Y(tick) + 4)}">{tick.ToString("G4", CultureInfo.InvariantCulture)}</text>""").Append('\n');
        }
        foreach (var tick in AxisTicks.Between(0, _lastStep, count: 8, whole: true))
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<line class="axis" x1="{Number(X(tick))}" x2="{Number(X(tick))}" y1="{Bottom}" y2="{Bottom + 4}"/>""");
            svg.Append(CultureInfo.InvariantCulture, $"""<text class="middle" x="{Number(X(tick))}" y="{Bottom + 18}">{tick.ToString("N0", CultureInfo.InvariantCulture)}</text>""").Append('\n');
        }
        svg.Append(CultureInfo.InvariantCulture, $"""<line class="axis" x1="{Left}" x2="{Right}" y1="{Bottom}" y2="{Bottom}"/>""").Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<text class="middle" x="{(Left + Right) / 2}" y="{Height - 12}">step</text>""").Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<text class="middle" transform="rotate(-90 18 {(Top + Bottom) / 2})" x="18" y="{(Top + Bottom) / 2}">loss (nats per token)</text>""").Append('\n');
    }

    private void AppendLines(StringBuilder svg)
    {
        AppendLine(svg, "raw", _training);
        AppendLine(svg, "smooth", Smooth(_training));
        AppendLine(svg, "eval", _evaluation);
        foreach (var (step, loss) in _evaluation)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<circle class="dot" cx="{Number(X(step))}" cy="{Number(Y(loss))}" r="3"/>""").Append('\n');
        }
    }

    private void AppendLine(StringBuilder svg, string kind, IReadOnlyList<(double Step, double Loss)> points)
    {
        if (points.Count > 1)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<polyline class="{kind}" points="{string.Join(' ', points.Select(point => $"{Number(X(point.Step))},{Number(Y(point.Loss))}"))}"/>""").Append('\n');
        }
    }

    /// <summary>Above the plot on the right, with the last number of each line.</summary>
    private void AppendLegend(StringBuilder svg)
    {
        var right = Right;
        if (_evaluation.Count > 0)
        {
            right = AppendLegendEntry(svg, right, "eval", $"evaluation {_evaluation[^1].Loss.ToString("0.000", CultureInfo.InvariantCulture)}");
        }
        if (_training.Count > 0)
        {
            AppendLegendEntry(svg, right, "smooth", $"training {Smooth(_training)[^1].Loss.ToString("0.000", CultureInfo.InvariantCulture)}");
        }
    }

    private static double AppendLegendEntry(StringBuilder svg, double right, string kind, string text)
    {
        const double Letter = 6.6; // Of the 12 px font, on the generous side.
        var start = right - (text.Length * Letter) - 22;
        svg.Append(CultureInfo.InvariantCulture, $"""<line class="{kind}" x1="{Number(start)}" x2="{Number(start + 16)}" y1="42" y2="42"/>""");
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Number(start + 22)}" y="46">{text}</text>""").Append('\n');
        return start - 18;
    }

    /// <summary>A title may come from a folder's name; XML has no place for control characters.</summary>
    private static string Printable(string title) => string.Concat(title.EnumerateRunes().Where(rune => !Rune.IsControl(rune) && rune.Value is not (0xFFFE or 0xFFFF)));

    private double X(double step) => Left + ((Right - Left) * step / _lastStep);

    private double Y(double loss) => Bottom - ((Bottom - Top) * (loss - _low) / (_high - _low));
}
