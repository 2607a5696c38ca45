using System.Text.Json.Serialization;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

/// <summary>
/// How far a pod's log was taken. The cluster can only be asked for the lines since a whole second; within these the lines that were
/// taken are counted. That is exact however many lines share a moment, and even when two streams' lines come in a slightly wrong order.
/// </summary>
internal sealed partial record LogPosition
{
    /// <summary>Bytes in the output file.</summary>
    public long Length { get; set; }

    /// <summary>Seconds since 1970: the lines from here on are asked for. Null asks for all.</summary>
    public long? Since { get; set; }

    /// <summary>How many whole lines from <see cref="Since"/> on were taken.</summary>
    public long Taken { get; set; }

    /// <summary>The stamp of the first of these, in nanoseconds since 1970. Another one there means that the log was cut.</summary>
    public long First { get; set; }

    /// <summary>The stamp of the last whole line.</summary>
    public long Last { get; set; }

    /// <summary>How many whole lines have that stamp.</summary>
    public int LastTies { get; set; }

    /// <summary>Of the line after these, which has not ended: how many bytes were taken, and its stamp.</summary>
    public long OpenBytes { get; set; }

    /// <inheritdoc cref="OpenBytes"/>
    public long OpenStamp { get; set; }

    /// <summary>
    /// <see cref="Since"/> may not lie before this: runtimes cut a long line in pieces with stamps of their own, and a second that
    /// begins in the middle of one would bring the rest as a line.
    /// </summary>
    public long Barrier { get; set; }

    /// <summary>The latest second of any line.</summary>
    public long Latest { get; set; }

    /// <summary>The lines of the last seconds, from which the next <see cref="Since"/> is chosen.</summary>
    public List<LogSecond> Seconds { get; set; } = [];

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(LogPosition))]
    internal sealed partial class PositionJson : JsonSerializerContext;
}

/// <summary>The lines of one second that were taken.</summary>
internal sealed record LogSecond
{
    public long Second { get; set; }

    public long Lines { get; set; }

    /// <summary>The stamp of the first of them.</summary>
    public long First { get; set; }
}
