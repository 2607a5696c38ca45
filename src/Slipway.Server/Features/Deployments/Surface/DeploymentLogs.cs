using System.Globalization;
using System.Text;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Listening;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Deployments.Surface;

/// <summary>What model servers print: the end of it, and as it comes.</summary>
internal static class DeploymentLogs
{
    private const int UsualTail = 200;
    private const int MostTail = 10_000;
    private const int MostAtOnce = 256 << 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder deployments)
    {
        deployments.MapGet("/{id}/logs", Tail).WithSummary("The last lines as text: ?tail (200), ?server (0)")
            .Produces<string>(contentType: "text/plain").Produces<ErrorBody>(StatusCodes.Status404NotFound);
        deployments.MapGet("/{id}/logs/stream", Stream).WithSummary("Lines as they are printed, as server-sent events; Last-Event-ID resumes")
            .Produces<string>(contentType: "text/event-stream").Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    private static IResult Tail(string id, HttpContext context, DeploymentShelf shelf)
    {
        if (Read(id, context, shelf, out var log, out var tail) is { } refusal)
        {
            return refusal;
        }
        var lines = log!.Tail(tail ?? UsualTail);
        return TypedResults.Text(string.Concat(lines.Select(line => line + "\n")), "text/plain; charset=utf-8");
    }

    /// <summary>Each event's id is the place behind its line: a reader that comes back with it misses nothing that is still there, and gets nothing twice.</summary>
    private static async Task<IResult> Stream(
        string id, HttpContext context, DeploymentShelf shelf, IHostApplicationLifetime lifetime,
        IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json, TimeProvider clock)
    {
        if (Read(id, context, shelf, out var log, out var tail) is { } refusal)
        {
            return refusal;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var events = new EventWriter(context.Response, json.Value.SerializerOptions, clock);
        try
        {
            await events.StartAsync(stop.Token);
            var at = FirstPlace(context.Request, log!, tail);
            while (true)
            {
                var before = at;
                at = Send(log!, at, events);
                await events.SendAsync(stop.Token);
                if (at == before)
                {
                    if (shelf.Get(id) is not { IsOver: false })
                    {
                        break;
                    }
                    await Task.Delay(Pause, clock, stop.Token);
                    events.PingAfter(Silence);
                }
            }
            events.Write("end", null, new { Status = shelf.Get(id)?.Status ?? "removed" });
            await events.SendAsync(stop.Token);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The reader has left, or the server stops.
        }
        return TypedResults.Empty;
    }

    private static IResult? Read(string id, HttpContext context, DeploymentShelf shelf, out ServerLog? log, out int? tail)
    {
        (log, tail) = (null, null);
        if (shelf.Get(id) is not { } deployed)
        {
            return DeploymentEndpoints.Unknown(id);
        }
        var faults = new FaultList();
        var server = Page.Read(context, "server", 0, 0, deployed.Keepers.Count - 1, faults);
        tail = context.Request.Query.ContainsKey("tail") ? (int)Page.Read(context, "tail", UsualTail, 0, MostTail, faults) : null;
        if (faults.Count > 0)
        {
            return new FaultsResult(faults.All);
        }
        log = deployed.Keepers[(int)server].Log;
        return null;
    }

    private static long FirstPlace(HttpRequest request, ServerLog log, int? tail) =>
        long.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? Math.Min(last, log.End)
        : tail is { } count ? log.StartOf(count)
        : 0;

    /// <summary>Sends the whole lines from a place on, some at once; gives the place behind them.</summary>
    private static long Send(ServerLog log, long at, EventWriter events)
    {
        var (start, bytes) = log.Read(Math.Min(at, log.End), MostAtOnce);
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (whole == 0 && bytes.Length == MostAtOnce)
        {
            whole = bytes.Length; // One endless line is sent in parts.
        }
        for (var from = 0; from < whole;)
        {
            var length = bytes.AsSpan(from, whole - from).IndexOf((byte)'\n');
            var line = bytes.AsSpan(from, length < 0 ? whole - from : length);
            from = length < 0 ? whole : from + length + 1;
            if (line.Length > 0)
            {
                events.Write("line", start + from, new { Text = Encoding.UTF8.GetString(line).TrimEnd('\r') });
            }
        }
        return start + whole;
    }
}
