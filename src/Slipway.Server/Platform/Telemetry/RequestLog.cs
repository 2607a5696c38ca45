using Microsoft.Extensions.Primitives;

namespace Slipway.Server.Platform.Telemetry;

/// <summary>Gives every request an id and the log one line about it: ids and counts, never what was said.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger, TimeProvider clock)
{
    private const int LongestPathShown = 200;

    public async Task InvokeAsync(HttpContext context)
    {
        var started = clock.GetTimestamp();
        var counts = new RequestCounts();
        context.Features.Set(counts);
        context.TraceIdentifier = RequestId.Of(context.Request.Headers[RequestId.Header], clock);
        // At the last moment: the exception handler clears headers set before.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[RequestId.Header] = new StringValues(context.TraceIdentifier);
            return Task.CompletedTask;
        });
        using var scope = logger.BeginScope(new KeyValuePair<string, object>[] { new("request_id", context.TraceIdentifier) });

        try
        {
            await next(context);
        }
        finally
        {
            Write(context, counts, clock.GetElapsedTime(started));
        }
    }

    private void Write(HttpContext context, RequestCounts counts, TimeSpan elapsed)
    {
        var path = context.Request.Path.ToUriComponent();
        var shown = path.Length <= LongestPathShown ? path : path[..LongestPathShown];
        var status = context.RequestAborted.IsCancellationRequested
            ? StatusCodes.Status499ClientClosedRequest
            : context.Response.StatusCode;
        var milliseconds = Math.Round(elapsed.TotalMilliseconds, 1);
        var id = context.TraceIdentifier;
        if (counts.CompletionTokens is { } completion)
        {
            LogGeneration(context.Request.Method, shown, status, milliseconds, counts.PromptTokens ?? 0, completion, id);
        }
        else
        {
            var isProbe = context.GetEndpoint()?.Metadata.GetMetadata<ProbeEndpoint>() is not null && status < 500;
            LogRequest(isProbe ? LogLevel.Debug : LogLevel.Information, context.Request.Method, shown, status, milliseconds, id);
        }
    }

    [LoggerMessage(EventId = 1011, Message = "{Method} {Path} {Status} in {Milliseconds} ms, id {Id}")]
    private partial void LogRequest(LogLevel level, string method, string path, int status, double milliseconds, string id);

    [LoggerMessage(1012, LogLevel.Information,
        "{Method} {Path} {Status} in {Milliseconds} ms, {PromptTokens} prompt and {CompletionTokens} completion tokens, id {Id}")]
    private partial void LogGeneration(
        string method, string path, int status, double milliseconds, int promptTokens, int completionTokens, string id);
}
