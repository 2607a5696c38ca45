using System.Text;
using System.Text.Json;
using Slipway.Server.Aws;
using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Says what went wrong behind SageMaker in words for the client. AWS's own words, which name accounts, stay here.</summary>
internal static class SageMakerErrors
{
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(1);

    /// <summary>An endpoint that is scaled to zero starts by being called, which takes minutes.</summary>
    private static readonly TimeSpan WhenStarted = TimeSpan.FromSeconds(30);

    /// <param name="error">What AWS, or the way to it, said.</param>
    /// <param name="model">The model's public name.</param>
    public static UpstreamException From(AwsException error, string model) => error.Code switch
    {
        "ModelError" => FromModel(error, model),
        "ValidationError" or "ValidationException" => FromValidation(error, model),
        "ThrottlingException" or "Throttling" or "TooManyRequestsException" or "RequestLimitExceeded" => new(
            UpstreamFault.Busy,
            new(StatusCodes.Status429TooManyRequests, OpenAiErrorTypes.RateLimit, $"The model '{model}' gets too many requests. Try again.",
                Code: "rate_limit_exceeded", RetryAfter: error.RetryAfter ?? SoonAgain),
            error),
        "ModelNotReadyException" => Starting(model, error),
        "ServiceUnavailable" or "ServiceUnavailableException" => Busy(model, error.RetryAfter ?? SoonAgain, error),
        "RequestEntityTooLarge" or "RequestEntityTooLargeException" => TooLarge(error),
        "ModelStreamError" when error.Detail == "ModelInvocationTimeExceeded" => TimedOut(model, error),
        AwsErrorCodes.ConnectTimeout => TimedOut(model, error),
        "AccessDenied" or "AccessDeniedException" or "UnrecognizedClientException" or "InvalidSignatureException" or "ExpiredTokenException"
            or "ExpiredToken" or "InvalidClientTokenId" or "MissingAuthenticationTokenException" or "IncompleteSignature"
            or AwsErrorCodes.NoCredentials => Misfit($"The gateway is not allowed to call the model '{model}'. Its log says more.", error),
        AwsErrorCodes.NoRegion or AwsErrorCodes.BadEndpoint =>
            Misfit($"The gateway does not know where the model '{model}' is. Its log says more.", error),
        _ when error.Status == StatusCodes.Status413PayloadTooLarge => TooLarge(error),
        _ => Broken($"The model '{model}' gave no answer, or broke off.", error),
    };

    /// <summary>What a container says is wrong: an object, or its words alone.</summary>
    /// <param name="status">What the container answered with; what it says in the error's <c>code</c> wins.</param>
    /// <param name="error">OpenAI's error object, a text, or something else.</param>
    /// <param name="model">The model's public name.</param>
    /// <param name="inner">What it came with.</param>
    public static UpstreamException FromContainer(int status, JsonElement error, string model, Exception? inner = null)
    {
        status = error.Int("code") is >= 400 and <= 599 and var said ? said : status;
        var message = error.ValueKind == JsonValueKind.String ? ContainerText.Clean(error.GetString()) : ContainerText.Of(error, "message");
        return status switch
        {
            400 or 413 or 422 => new(
                UpstreamFault.Request,
                OpenAiError.Invalid(
                    message ?? $"The model '{model}' refused the request.",
                    ContainerText.Of(error, "param"),
                    ContainerText.Of(error, "code")) with
                {
                    Status = status == 413 ? 413 : 400,
                },
                inner),
            404 => NotFound(model, inner),
            408 or 504 => TimedOut(model, inner),
            429 or 503 => Busy(model, SoonAgain, inner),
            _ => Broken($"The model '{model}' failed.", inner),
        };
    }

    /// <summary>Lets an answer pass unless it is an error, whatever status it came with.</summary>
    public static void ThrowIfError(JsonElement answer, string model)
    {
        if (answer.Any("error") is { } error)
        {
            throw FromContainer(answer.Int("code") ?? StatusCodes.Status500InternalServerError, error, model);
        }
        if (answer.Text("object") == "error")
        {
            throw FromContainer(StatusCodes.Status500InternalServerError, answer, model);
        }
        if (ContainerForms.FinishReason(answer) == ContainerForms.Failed)
        {
            throw BrokeOff(model);
        }
    }

    /// <summary>What came is not an answer.</summary>
    public static UpstreamException Nonsense(string model, Exception? inner = null) =>
        Broken($"The model '{model}' gave an answer that cannot be read.", inner);

    public static UpstreamException BrokeOff(string model, Exception? inner = null) =>
        Broken($"The model '{model}' broke off before its answer was complete.", inner);

    public static UpstreamException NotFound(string model, Exception? inner = null) => new(
        UpstreamFault.Broken,
        new(StatusCodes.Status404NotFound, OpenAiErrorTypes.InvalidRequest, $"The model '{model}' is not there (any more).",
            "model", "model_not_found"),
        inner);

    private static UpstreamException FromValidation(AwsException error, string model)
    {
        var message = AwsErrorReader.Parse(error.Answer).Message;
        return Has("not found") || Has("Could not find") ? NotFound(model, error)
            : Has("no capacity") ? Starting(model, error)
            : Has("less than or equal to") ? TooLarge(error)
            : Broken($"The model '{model}' cannot be called as it is configured. The gateway's log says more.", error);

        bool Has(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The container refused or failed: SageMaker answers 424 and puts the container's answer into its own.</summary>
    private static UpstreamException FromModel(AwsException error, string model)
    {
        using var answer = Parse(error.Answer);
        if (answer is null)
        {
            return Broken($"The model '{model}' failed.", error);
        }
        var status = answer.RootElement.Int("OriginalStatusCode") ?? StatusCodes.Status500InternalServerError;
        var original = answer.RootElement.Text("OriginalMessage") ?? "";
        var message = answer.RootElement.Text("Message") ?? "";
        if (message.Contains("timed out", StringComparison.OrdinalIgnoreCase))
        {
            return TimedOut(model, error);
        }
        using var said = Parse(Encoding.UTF8.GetBytes(original));
        return said is null
            ? FromContainer(status, default, model, error)
            : FromContainer(status, ErrorIn(said.RootElement), model, error);
    }

    /// <summary>
    /// <c>{"error": …}</c>, vLLM's older <c>{"object": "error", "message": …}</c>, or FastAPI's <c>{"detail": …}</c>.
    /// </summary>
    private static JsonElement ErrorIn(JsonElement said) => said.Any("error") ?? said.Any("detail") ?? said;

    private static JsonDocument? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static UpstreamException Broken(string message, Exception? inner) =>
        new(UpstreamFault.Broken, new(StatusCodes.Status502BadGateway, OpenAiErrorTypes.Upstream, message, Code: "upstream_error"), inner);

    /// <summary>Nothing that another try would change.</summary>
    private static UpstreamException Misfit(string message, Exception inner) =>
        new(UpstreamFault.Broken, Broken(message, inner).Error, inner) { IsLasting = true };

    private static UpstreamException Starting(string model, AwsException error) => Busy(model, error.RetryAfter ?? WhenStarted, error);

    private static UpstreamException Busy(string model, TimeSpan retryAfter, Exception? inner) => new(
        UpstreamFault.Busy,
        new(StatusCodes.Status503ServiceUnavailable, OpenAiErrorTypes.Upstream,
            $"The model '{model}' is not ready or has too much to do. Try again.", Code: "upstream_busy", RetryAfter: retryAfter),
        inner);

    private static UpstreamException TimedOut(string model, Exception? inner) => new(
        UpstreamFault.TimedOut,
        new(StatusCodes.Status504GatewayTimeout, OpenAiErrorTypes.Timeout, $"The model '{model}' took too long to answer.",
            Code: "timeout"),
        inner);

    private static UpstreamException TooLarge(AwsException error) => new(
        UpstreamFault.Request,
        OpenAiError.Invalid("The request is larger than SageMaker takes.", code: "request_too_large") with
        {
            Status = StatusCodes.Status413PayloadTooLarge,
        },
        error);
}
