using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>What the engine's refusals are in OpenAI's words.</summary>
internal static class RefusalErrors
{
    /// <param name="refusal">Why there is no answer.</param>
    /// <param name="prompt">The field that holds the prompt.</param>
    public static UpstreamException ToException(this Refusal refusal, string prompt)
    {
        var message = refusal.Sentence.English;
        TimeSpan? retryAfter = refusal.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return refusal.Kind switch
        {
            RefusalKind.Busy => new UpstreamException(UpstreamFault.Busy, new OpenAiError(
                StatusCodes.Status429TooManyRequests, OpenAiErrorTypes.RateLimit, message, Code: "engine_busy", RetryAfter: retryAfter)),
            RefusalKind.NotReady => new UpstreamException(UpstreamFault.Broken, new OpenAiError(
                StatusCodes.Status503ServiceUnavailable, OpenAiErrorTypes.Upstream, message, Code: "model_not_loaded", RetryAfter: retryAfter)),
            RefusalKind.UnknownModel => new UpstreamException(UpstreamFault.Request, new OpenAiError(
                StatusCodes.Status404NotFound, OpenAiErrorTypes.InvalidRequest, message, "model", "model_not_found")),
            RefusalKind.TooLong => new UpstreamException(UpstreamFault.Request, OpenAiError.Invalid(
                message, prompt, "context_length_exceeded")),
            _ => new UpstreamException(UpstreamFault.Request, OpenAiError.Invalid(message, refusal.Param)),
        };
    }
}
