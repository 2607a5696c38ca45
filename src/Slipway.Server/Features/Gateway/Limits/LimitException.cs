using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>429: a limit of the key is used up. The answer carries <see cref="Headers"/> like an admitted one.</summary>
internal sealed class LimitException(OpenAiError error, RateHeaders headers) : OpenAiException(error)
{
    public RateHeaders Headers { get; } = headers;

    public static LimitException Of(Verdict verdict, ApiKey key, RateHeaders headers, TimeSpan wait) => verdict switch
    {
        Verdict.Budget => new LimitException(new OpenAiError(
            StatusCodes.Status429TooManyRequests, OpenAiErrorTypes.Quota,
            $"The budget of this API key, {key.Budget / KeyIssuer.Nano:0.####} USD, is used up.", Code: OpenAiErrorTypes.Quota), headers),
        Verdict.Concurrency => Exceeded(
            $"This API key has {key.Concurrency} calls in progress, as many as it may. Wait for one of them to end.", headers, wait),
        Verdict.Tokens => Exceeded(
            $"This API key may use {key.Tpm} tokens per minute, and too few of them are left for this call.", headers, wait),
        _ => Exceeded($"This API key may make {key.Rpm} requests per minute, and has made them.", headers, wait),
    };

    private static LimitException Exceeded(string message, RateHeaders headers, TimeSpan wait) => new(
        new OpenAiError(
            StatusCodes.Status429TooManyRequests, OpenAiErrorTypes.RateLimit,
            $"{message} Try again in {Math.Ceiling(wait.TotalSeconds):0} s.", Code: "rate_limit_exceeded", RetryAfter: wait),
        headers);
}

/// <summary>Whether a call is admitted, and which limit stands in its way if not.</summary>
internal enum Verdict
{
    Admitted,
    Requests,
    Tokens,
    Concurrency,
    Budget,
}
