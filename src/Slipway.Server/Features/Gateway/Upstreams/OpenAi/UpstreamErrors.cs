using System.Text.Json;
using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>What clients are told of an upstream's failures. Of its own words only what concerns the request, scrubbed.</summary>
internal static class UpstreamErrors
{
    /// <summary>How long a busy upstream that names no time is left alone.</summary>
    private static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(1);

    public static UpstreamException Broken(string message, Exception? inner = null) => new(
        UpstreamFault.Broken,
        new OpenAiError(StatusCodes.Status502BadGateway, OpenAiErrorTypes.Upstream, message, Code: "upstream_error"), inner);

    public static UpstreamException Unreachable(Exception inner) =>
        Broken("The server behind this model could not be reached or broke the connection.", inner);

    public static UpstreamException ConnectTimedOut(Exception inner) => new(
        UpstreamFault.TimedOut,
        new OpenAiError(
            StatusCodes.Status504GatewayTimeout, OpenAiErrorTypes.Timeout, "The server behind this model could not be reached in time.",
            Code: "timeout"),
        inner);

    public static UpstreamException BrokeOff(Exception? inner = null) =>
        Broken("The server behind this model broke off before its answer was complete.", inner);

    public static UpstreamException Nonsense() =>
        Broken("The server behind this model answered with something that is not an answer.");

    /// <summary>For a status other than 200.</summary>
    public static UpstreamException OfStatus(ReplyHead head, ReadOnlySpan<byte> body, string upstreamModel, string publicModel) => head.Status switch
    {
        // Ours to put right, not the client's: it must not take its own key for the wrong one.
        401 or 403 => new UpstreamException(
            UpstreamFault.Broken, Broken("The server behind this model refused the gateway's own credentials.").Error)
        { IsLasting = true },
        408 or 504 => new UpstreamException(UpstreamFault.TimedOut, new OpenAiError(
            StatusCodes.Status504GatewayTimeout, OpenAiErrorTypes.Timeout, "The server behind this model ran out of time.", Code: "timeout")),
        429 => new UpstreamException(UpstreamFault.Busy, new OpenAiError(
            StatusCodes.Status429TooManyRequests, OpenAiErrorTypes.RateLimit, "The server behind this model has too much to do.",
            Code: "upstream_busy", RetryAfter: head.RetryAfter ?? UsualWait)),
        503 or 529 when head.RetryAfter is { } wait => new UpstreamException(UpstreamFault.Busy, new OpenAiError(
            StatusCodes.Status503ServiceUnavailable, OpenAiErrorTypes.Upstream, "The server behind this model has too much to do.",
            Code: "upstream_busy", RetryAfter: wait)),
        400 or 404 or 409 or 413 or 415 or 422 when Read(body, upstreamModel, publicModel) is { } words => OfRequest(head.Status, words),
        _ => Broken($"The server behind this model answered with status {head.Status}."),
    };

    /// <summary>For an error object where an answer was due, after a status of 200 or in the middle of a stream.</summary>
    public static UpstreamException OfObject(ReadOnlySpan<byte> json, string upstreamModel, string publicModel)
    {
        if (Read(json, upstreamModel, publicModel) is not { } words)
        {
            return Nonsense();
        }

        return words.Status switch
        {
            400 or 404 or 422 => OfRequest(words.Status.Value, words),
            429 => new UpstreamException(UpstreamFault.Busy, new OpenAiError(
                StatusCodes.Status429TooManyRequests, OpenAiErrorTypes.RateLimit, "The server behind this model has too much to do.",
                Code: "upstream_busy", RetryAfter: UsualWait)),
            _ => Broken("The server behind this model failed on this request."),
        };
    }

    private static UpstreamException OfRequest(int status, Words words) => new(UpstreamFault.Request, new OpenAiError(
        status is 409 or 415 ? StatusCodes.Status400BadRequest : status, OpenAiErrorTypes.InvalidRequest, words.Message, words.Param, words.Code));

    private static Words? Read(ReadOnlySpan<byte> body, string upstreamModel, string publicModel)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var error = document.RootElement;
            if (error.ValueKind is JsonValueKind.Object && error.TryGetProperty("error", out var inner))
            {
                error = inner;
            }

            var message = error.ValueKind is JsonValueKind.String ? error.GetString() : Text(error, "message") ?? Text(error, "detail");
            return message is null ? null : new Words(
                Scrubbing.Clean(message, upstreamModel, publicModel), Word(error, "param"), Word(error, "code"), Number(error, "code"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    // Param and code are words for programs; whatever else stands there is left out.
    private static string? Word(JsonElement element, string name) =>
        Text(element, name) is { Length: <= 64 } word && word.All(c => char.IsAsciiLetterOrDigit(c) || "._[]-".Contains(c)) ? word : null;

    private static int? Number(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;

    private sealed record Words(string Message, string? Param, string? Code, int? Status);
}
