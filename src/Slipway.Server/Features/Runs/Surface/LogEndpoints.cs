using System.Globalization;
using System.Reflection;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Logs;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>A run's log, page by page and as it grows.</summary>
internal static class LogEndpoints
{
    /// <summary>Where to go on, when the page ends before the log does.</summary>
    public const string NextHeader = "X-Next-Line";

    /// <summary>The first line that <c>?tail=</c> looked at, when the log begins before it.</summary>
    public const string FirstHeader = "X-First-Line";

    public static void Map(IEndpointRouteBuilder runs)
    {
        runs.MapGet("/{id}/logs", Page).RefusesInvalid().WithSummary("Lines of a run's log: ?limit&offset, ?from, ?tail, ?level, ?search")
            .Produces<IReadOnlyList<RunLogLine>>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        runs.MapGet("/{id}/logs/stream", LogStream.HandleAsync).RefusesInvalid()
            .WithSummary("The log as server-sent events, from its first line or behind Last-Event-ID, until the run has ended")
            .Produces<RunLogLine>(StatusCodes.Status200OK, "text/event-stream").Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Page(string id, LogParameters wanted, RunLogShelf shelf, HttpResponse response, CancellationToken cancellationToken)
    {
        if (await shelf.OpenAsync(id, cancellationToken) is not { } found)
        {
            return RunEndpoints.Unknown(id);
        }
        using var log = found.Log;
        if (wanted.Search is null)
        {
            response.Headers[Platform.Validation.Page.TotalHeader] = log.CountOf(wanted.Level).ToString(CultureInfo.InvariantCulture);
        }
        if (wanted.Tail is { } tail)
        {
            var last = log.Last(tail, wanted.Level, wanted.Search);
            if (last.First > 1)
            {
                response.Headers[FirstHeader] = last.First.ToString(CultureInfo.InvariantCulture);
            }
            return TypedResults.Ok(last.Lines);
        }
        var page = log.Page(new RunLogQuery
        {
            Limit = wanted.Limit,
            Skip = wanted.Offset,
            From = wanted.From,
            Level = wanted.Level,
            Search = wanted.Search,
        });
        if (page.Next is { } next)
        {
            response.Headers[NextHeader] = next.ToString(CultureInfo.InvariantCulture);
        }
        return TypedResults.Ok(page.Lines);
    }
}

/// <summary>Which lines a client wants.</summary>
internal sealed class LogParameters : IRefusable
{
    private const int Usual = 100;
    private const int Most = 5000;
    private const int LongestSearch = 256;

    public int Limit { get; private init; }

    public long Offset { get; private init; }

    /// <summary>The number of the first line to look at, from 1.</summary>
    public long From { get; private init; }

    public int? Tail { get; private init; }

    public LineLevel? Level { get; private init; }

    public string? Search { get; private init; }

    public IResult? Refusal { get; private init; }

    public static ValueTask<LogParameters> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var faults = new FaultList();
        var tail = Page.Read(context, "tail", 0, 1, Most, faults);
        var parameters = new LogParameters
        {
            Limit = (int)Page.Read(context, "limit", Usual, 1, Most, faults),
            Offset = Page.Read(context, "offset", 0, 0, int.MaxValue, faults),
            From = Page.Read(context, "from", 1, 1, long.MaxValue, faults),
            Tail = tail == 0 ? null : (int)tail,
            Level = ReadLevel(context.Request.Query["level"], faults),
            Search = ReadSearch(context.Request.Query["search"], faults),
        };
        return ValueTask.FromResult(faults.Count == 0 ? parameters : new LogParameters { Refusal = new FaultsResult(faults.All) });
    }

    private static LineLevel? ReadLevel(string? text, FaultList faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        foreach (var level in Enum.GetValues<LineLevel>())
        {
            if (OutputPart.NameOf(level).Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return level;
            }
        }
        faults.Add(BodyPath.Query.Then("level"), "unexpected value; permitted: 'debug', 'info', 'warning', 'error'", FaultTypes.Const);
        return null;
    }

    private static string? ReadSearch(string? text, FaultList faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        if (text.Length > LongestSearch)
        {
            faults.Add(BodyPath.Query.Then("search"), $"ensure this value has at most {LongestSearch} characters", FaultTypes.MaxLength);
        }
        return text;
    }
}
