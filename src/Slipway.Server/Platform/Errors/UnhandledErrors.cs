using Microsoft.AspNetCore.Diagnostics;

namespace Slipway.Server.Platform.Errors;

/// <summary>Whatever no endpoint caught: the log gets the stack, the client a sentence and the id to find it by.</summary>
internal sealed partial class UnhandledErrors(ILogger<UnhandledErrors> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var result = exception is BadHttpRequestException bad
            ? BareStatus.Describe(httpContext, bad.StatusCode, bad.Message)
            : Ours(httpContext, exception);
        await result.ExecuteAsync(httpContext);
        return true;
    }

    private ErrorResult Ours(HttpContext httpContext, Exception exception)
    {
        var id = httpContext.TraceIdentifier;
        LogUnhandled(exception, id);
        return new ErrorResult(
            StatusCodes.Status500InternalServerError, $"The server failed on this request; its log has the reason under id {id}.");
    }

    [LoggerMessage(1001, LogLevel.Error, "Request {Id} failed in a way that no endpoint expected")]
    private partial void LogUnhandled(Exception exception, string id);
}
