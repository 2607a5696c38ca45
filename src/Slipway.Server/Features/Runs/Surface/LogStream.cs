using System.Globalization;
using Slipway.Server.Features.Runs.Logs;
using Slipway.Server.Platform.Listening;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>
/// GET /runs/{id}/logs/stream. Events: <c>line</c> with the line's number as id, <c>progress</c> and <c>frame</c> (an unfinished line, a
/// bar) without one, and at last <c>end</c> with the run. A client that comes back with the last id misses nothing and gets nothing twice.
/// </summary>
internal static class LogStream
{
    private const int LinesAtOnce = 2000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public static async Task<IResult> HandleAsync(
        string id, LogParameters wanted, RunLogShelf shelf, HttpContext context, IHostApplicationLifetime lifetime,
        IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json, TimeProvider clock)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        if (await shelf.OpenAsync(id, stop.Token) is not { } found)
        {
            return RunEndpoints.Unknown(id);
        }
        var next = FirstOf(context.Request, wanted, found.Log);
        found.Log.Dispose();
        var events = new EventWriter(context.Response, json.Value.SerializerOptions, clock);
        try
        {
            await events.StartAsync(stop.Token);
            await FollowAsync(id, next, shelf, events, clock, stop.Token);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The reader has left, or the server stops: a client comes back with the last id.
        }
        return TypedResults.Empty;
    }

    private static long FirstOf(HttpRequest request, LogParameters wanted, RunLog log) =>
        long.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? last == long.MaxValue ? last : last + 1
        : wanted.Tail is { } tail ? Math.Max(1, log.Count - tail + 1)
        : wanted.From;

    private static async Task FollowAsync(
        string id, long next, RunLogShelf shelf, EventWriter events, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (await shelf.OpenAsync(id, cancellationToken) is { } found)
        {
            var (run, log) = found;
            bool isBehind;
            using (log)
            {
                var page = log.Page(new RunLogQuery { Limit = LinesAtOnce, From = next });
                foreach (var line in page.Lines)
                {
                    events.Write("line", line.Line, line);
                    next = line.Line + 1;
                }
                isBehind = page.Next is not null;
                if (!isBehind)
                {
                    events.WriteIfNew("progress", ProgressOf(run));
                    events.WriteIfNew("frame", new { Text = log.Frame });
                }
            }
            if (run.IsFinal && !isBehind)
            {
                events.Write("end", null, run.ToDetail());
                await events.SendAsync(cancellationToken);
                return;
            }
            await events.SendAsync(cancellationToken);
            if (!isBehind)
            {
                await Task.Delay(Pause, clock, cancellationToken);
                events.PingAfter(Silence);
            }
        }
    }

    private static object ProgressOf(RunRow run) => new
    {
        run.Status,
        run.Progress,
        run.Step,
        run.TotalSteps,
        run.Epoch,
        run.EtaSeconds,
        Metrics = run.MetricMap,
        run.WaitingFor,
    };
}
