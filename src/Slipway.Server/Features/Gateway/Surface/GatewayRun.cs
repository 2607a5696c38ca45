using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Metrics;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Platform.Listening;
using Slipway.Server.Platform.Telemetry;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>
/// The order of things on one call:
/// (1) who calls, (2) read the body, (3) find the route, (4) admit the call, (5) get an upstream to answer, (6) write,
/// (7) settle, record and log: always, however far the call came.
/// </summary>
internal sealed partial class GatewayRun(
    ICallGate gate, RouteTable routes, Dispatcher dispatcher, CallsInFlight calls, GatewayMetrics metrics,
    GatewayConfiguration options, ModelHost models, TimeProvider clock, ILogger<GatewayRun> logger)
{
    /// <summary>Bytes whose scan takes longer than the way to the thread pool by far.</summary>
    private const int LongBody = 64 << 10;

    private const int ClientLeft = StatusCodes.Status499ClientClosedRequest;

    private static readonly OpenAiError Stopping = new(
        StatusCodes.Status503ServiceUnavailable, OpenAiErrorTypes.Server, "The server is stopping.", Code: "stopping",
        RetryAfter: TimeSpan.FromSeconds(5));

    public async Task HandleAsync(HttpContext context, GatewayOperation operation)
    {
        var run = new CallRecord(operation, new CallWatch(clock));
        using var span = CallSpan.Start(context.Request);
        calls.Add(run.Watch);
        var onLeave = context.RequestAborted.UnsafeRegister(static watch => ((CallWatch)watch!).Stop(CallStop.ClientLeft), run.Watch);
        try
        {
            await AnswerAsync(context, run);
        }
        catch (ConnectionResetException)
        {
            // The body's reader knows before the request's own token does.
            run.Watch.Stop(CallStop.ClientLeft);
        }
        catch (Exception exception)
        {
            await ExplainAsync(context, run, ErrorOf(context, run, exception));
        }
        finally
        {
            onLeave.Unregister();
            calls.Remove(run.Watch);
            Close(context, run, span);
        }
    }

    private async ValueTask AnswerAsync(HttpContext context, CallRecord run)
    {
        // :: 1
        var caller = await gate.AuthenticateAsync(context, run.Watch.Token);

        // :: 2
        using var body = await CallBody.ReadAsync(context.Request, options.Current.MaxBodyBytes, run.Watch.Token);
        if (body.Length > LongBody)
        {
            await EventThreads.LeaveAsync();
        }

        var call = body.ToCall(run.Operation, context.TraceIdentifier, out var prefix);

        // :: 3
        caller.Permit(call.Model);
        run.Route = routes.Find(call.Model)
            ?? await FindOnceLoadedAsync(call.Model, run.Watch.Token)
            ?? throw new OpenAiException(NearMiss.NotFound(call.Model, routes.Names.Where(caller.MaySee)));

        // :: 4
        run.Pass = await caller.EnterAsync(context, call, run.Route.Name, run.Watch.Token);

        // :: 5
        var asked = run.Watch.Elapsed;
        using var events = EventsFor(context.Response, call);
        RoutedAnswer routed;
        try
        {
            routed = await SendAsync(run, call, prefix, events);
        }
        catch (Exception exception) when (events is { HasBegun: true } && run.Watch.Stopped is not CallStop.ClientLeft)
        {
            await BreakOffAsync(context, run, events, exception);
            return;
        }

        // Nothing is tried again from here on: a long stream need not hold its question.
        body.Dispose();
        run.FirstByte = run.Watch.Elapsed;
        run.Overhead = asked;
        run.Provider = routed.Replica.Options.Kind;

        // :: 6
        await WriteAsync(context, routed, call, run, events);
    }

    // What the first model is called is known when it has been read: until then it may be the one that is meant.
    private async ValueTask<ModelRoute?> FindOnceLoadedAsync(string model, CancellationToken cancellationToken)
    {
        await models.FirstLoad.WaitAsync(cancellationToken);
        return routes.Find(model);
    }

    private EventStream? EventsFor(HttpResponse response, GatewayCall call) =>
        call is { Stream: true, Operation: not GatewayOperation.Embedding } ? new EventStream(response, options.Current.KeepAlive, clock) : null;

    private async ValueTask<RoutedAnswer> SendAsync(CallRecord run, GatewayCall call, ulong prefix, EventStream? events)
    {
        if (events is null)
        {
            return await dispatcher.SendAsync(run.Route!, call, prefix, run.Watch);
        }

        // A long prompt keeps a stream as silent as a long thought does.
        run.Watch.OnSilence = events.PingIfSilent;
        events.GiveTurn();
        try
        {
            return await dispatcher.SendAsync(run.Route!, call, prefix, run.Watch);
        }
        finally
        {
            await events.TakeTurnAsync();
            run.Watch.OnSilence = null;
        }
    }

    private async ValueTask WriteAsync(HttpContext context, RoutedAnswer routed, GatewayCall call, CallRecord run, EventStream? events)
    {
        bool? isSound = null;
        try
        {
            run.Overhead += run.Watch.Elapsed - run.FirstByte;
            if (!context.Response.HasStarted)
            {
                context.Response.Headers["x-slipway-overhead-ms"] = run.Overhead.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture);
            }

            isSound = (routed.Answer, events) switch
            {
                (WholeAnswer whole, _) => await WriteAsync(context.Response, whole, run.Watch),
                (StreamedAnswer stream, not null) => await StreamAsync(context, stream, call, run, events),
                _ => null,
            };
        }
        finally
        {
            run.Usage = routed.Answer.Usage;
            await routed.EndAsync(isSound);
        }
    }

    private static async ValueTask<bool?> WriteAsync(HttpResponse response, WholeAnswer answer, CallWatch watch)
    {
        // What was computed until the client left or the time was up is counted, but it is no answer.
        watch.Token.ThrowIfCancellationRequested();
        response.ContentType = "application/json";
        response.ContentLength = answer.Json.Length;
        await response.BodyWriter.WriteAsync(answer.Json, CancellationToken.None);
        return true;
    }

    private async ValueTask<bool?> StreamAsync(
        HttpContext context, StreamedAnswer answer, GatewayCall call, CallRecord run, EventStream events)
    {
        var watch = run.Watch;
        watch.BeginStream(run.Route!.Options.Timeouts.BetweenTokens);
        watch.OnSilence = events.PingIfSilent;
        try
        {
            await PumpAsync(answer, call, events, watch);
            events.WriteDone();
            await events.FlushAsync();
            return true;
        }
        catch (Exception exception) when (watch.Stopped is not CallStop.ClientLeft)
        {
            await BreakOffAsync(context, run, events, exception);
            return exception is UpstreamException or OperationCanceledException && watch.Stopped is not CallStop.Stopping ? false : null;
        }
        finally
        {
            watch.OnSilence = null;
        }
    }

    /// <summary>What was sent cannot be taken back: the stream ends with the error and without [DONE].</summary>
    private async ValueTask BreakOffAsync(HttpContext context, CallRecord run, EventStream events, Exception exception)
    {
        var error = ErrorOf(context, run, exception);
        run.Status = error.Status;
        events.WriteError(error);
        await events.FlushAsync();
    }

    /// <summary>Writes chunk after chunk; what is ready goes out together, and nothing waits for more.</summary>
    private static async ValueTask PumpAsync(StreamedAnswer answer, GatewayCall call, EventStream events, CallWatch watch)
    {
        await using var chunks = answer.ReadAsync(watch.Token).GetAsyncEnumerator(watch.Token);
        while (true)
        {
            var next = chunks.MoveNextAsync();
            bool isThere;
            if (next.IsCompleted && !events.IsFull)
            {
                isThere = await next;
            }
            else
            {
                watch.WaitForClient();
                await events.FlushAsync();
                watch.Moved();
                events.GiveTurn();
                try
                {
                    isThere = await next;
                }
                finally
                {
                    await events.TakeTurnAsync();
                }
            }

            if (!isThere)
            {
                return;
            }

            watch.Moved();
            var chunk = chunks.Current;
            if (!chunk.IsUsage || call.IncludeUsage)
            {
                events.Write(chunk.Json.Span);
            }
        }
    }

    private OpenAiError ErrorOf(HttpContext context, CallRecord run, Exception exception)
    {
        switch (exception)
        {
            case OpenAiException known:
                return known.Error;
            case OperationCanceledException when run.Watch.Stopped is CallStop.Stopping:
                return Stopping;
            case OperationCanceledException when run.Watch.Stopped is not CallStop.None:
                return Dispatcher.TooLate(run.Watch.Stopped).Error;
            case BadHttpRequestException bad:
                return new OpenAiError(bad.StatusCode, OpenAiErrorTypes.InvalidRequest, "The request's body could not be read to its end.");
            default:
                if (run.Watch.Stopped is not CallStop.ClientLeft)
                {
                    LogFailed(exception, context.TraceIdentifier);
                }

                return new OpenAiError(
                    StatusCodes.Status500InternalServerError, OpenAiErrorTypes.Server,
                    $"The server failed on this request; its log has the reason under id {context.TraceIdentifier}.");
        }
    }

    private static async ValueTask ExplainAsync(HttpContext context, CallRecord run, OpenAiError error)
    {
        run.Status = error.Status;
        if (run.Watch.Stopped is CallStop.ClientLeft || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (context.Response.HasStarted)
        {
            // Half of an answer that claims a length: only a broken connection tells the truth.
            context.Abort();
            return;
        }

        context.Response.Headers.ContentLength = null;
        await ErrorAnswer.WriteAsync(context, error);
    }

    // :: 7
    private void Close(HttpContext context, CallRecord run, Activity? span)
    {
        if (run.Watch.Stopped is CallStop.ClientLeft)
        {
            run.Status = ClientLeft;
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = ClientLeft;
            }
        }

        if (run.Usage is { } usage && context.Features.Get<RequestCounts>() is { } counts)
        {
            (counts.PromptTokens, counts.CompletionTokens) = (usage.Prompt, usage.Completion);
        }

        metrics.Record(run);
        CallSpan.Describe(span, run);
        run.Pass?.Settle(run.Usage ?? default, run.Status);
    }

    [LoggerMessage(2011, LogLevel.Error, "The gateway failed on request {Id}")]
    private partial void LogFailed(Exception exception, string id);
}
