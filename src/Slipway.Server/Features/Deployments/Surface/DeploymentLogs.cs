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

    private static IResult Tail(string id, HttpContext context, DeploymentShelf shelf, DeploymentFolders folders)
    {
        if (Read(id, context, shelf, out var server, out var tail) is { } refusal)
        {
            return refusal;
        }
        var lines = LogTail.Read(folders.LogOf(id, server), tail ?? UsualTail);
        return TypedResults.Text(string.Concat(lines.Select(line => line + "\n")), "text/plain; charset=utf-8");
    }

    /// <summary>Each event's id is the byte behind its line: a reader that comes back with it misses nothing and gets nothing twice.</summary>
    private static async Task<IResult> Stream(
        string id, HttpContext context, DeploymentShelf shelf, DeploymentFolders folders, IHostApplicationLifetime lifetime,
        IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json, TimeProvider clock)
    {
        if (Read(id, context, shelf, out var server, out var tail) is { } refusal)
        {
            return refusal;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var events = new EventWriter(context.Response, json.Value.SerializerOptions, clock);
        var path = folders.LogOf(id, server);
        try
        {
            await events.StartAsync(stop.Token);
            var at = FirstByte(context.Request, path, tail);
            while (true)
            {
                var before = at;
                at = Send(path, at, events);
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

    private static IResult? Read(string id, HttpContext context, DeploymentShelf shelf, out long server, out int? tail)
    {
        (server, tail) = (0, null);
        if (shelf.Get(id) is not { } deployed)
        {
            return DeploymentEndpoints.Unknown(id);
        }
        var faults = new FaultList();
        server = Page.Read(context, "server", 0, 0, deployed.Keepers.Count - 1, faults);
        tail = context.Request.Query.ContainsKey("tail") ? (int)Page.Read(context, "tail", UsualTail, 0, MostTail, faults) : null;
        return faults.Count > 0 ? new FaultsResult(faults.All) : null;
    }

    private static long FirstByte(HttpRequest request, string path, int? tail)
    {
        var length = LogTail.LengthOf(path);
        if (long.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
        {
            return Math.Min(last, length);
        }
        return tail is { } count ? LogTail.StartOf(path, count) : 0;
    }

    /// <summary>Sends the whole lines from a byte on, some at once; gives the byte behind them.</summary>
    private static long Send(string path, long at, EventWriter events)
    {
        var bytes = LogTail.ReadFrom(path, at, MostAtOnce);
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (whole == 0 && bytes.Length == MostAtOnce)
        {
            whole = bytes.Length; // One endless line is sent in parts.
        }
        foreach (var range in bytes.AsSpan(0, whole).Split((byte)'\n'))
        {
            var line = bytes.AsSpan(0, whole)[range];
            at += line.Length + 1;
            if (line.Length > 0)
            {
                events.Write("line", Math.Min(at, LogTail.LengthOf(path)), new { Text = Encoding.UTF8.GetString(line).TrimEnd('\r') });
            }
        }
        return whole == 0 ? at : at - 1;
    }
}
