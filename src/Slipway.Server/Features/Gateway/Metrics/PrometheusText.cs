using System.Globalization;
using System.Text;
using Slipway.Server.Platform.Telemetry;

namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>Writes the text format of Prometheus, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    public void Family(string name, string type, string help) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    /// <param name="name">Of the family, with the suffix of this sample.</param>
    /// <param name="labels">As <see cref="Labels"/> makes them.</param>
    /// <param name="value">The sample.</param>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    public void Histogram(string name, string labels, Distribution distribution)
    {
        var separator = labels.Length > 0 ? "," : "";
        long total = 0;
        for (var i = 0; i <= distribution.Bounds.Length; i++)
        {
            total += distribution.Count(i);
            var bound = i < distribution.Bounds.Length ? Number(distribution.Bounds[i]) : "+Inf";
            Sample(name + "_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }

        Sample(name + "_sum", labels, distribution.Sum);
        // The same sum as the last bucket's, though calls are counted meanwhile.
        Sample(name + "_count", labels, total);
    }

    public static string Labels(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"").Append(Escaped(value)).Append('"');
        }

        return text.ToString();
    }

    public override string ToString() => _text.ToString();

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
