using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Slipway.Server.Platform.Errors;

/// <summary>Every error outside the OpenAI surface: a status and <c>{"detail": "a sentence"}</c>.</summary>
internal sealed class ErrorResult(int status, string detail) : IResult, IStatusCodeHttpResult, IEndpointMetadataProvider
{
    public int? StatusCode => status;

    public string Detail => detail;

    /// <summary>Seconds after which another try makes sense.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static ErrorResult BadRequest(string detail) => new(StatusCodes.Status400BadRequest, detail);

    public static ErrorResult NotFound(string detail) => new(StatusCodes.Status404NotFound, detail);

    public static ErrorResult Conflict(string detail) => new(StatusCodes.Status409Conflict, detail);

    public static ErrorResult TooLarge(string detail) => new(StatusCodes.Status413PayloadTooLarge, detail);

    public static ErrorResult UnsupportedMediaType(string detail) => new(StatusCodes.Status415UnsupportedMediaType, detail);

    public static ErrorResult TooManyRequests(string detail, int retryAfterSeconds) =>
        new(StatusCodes.Status429TooManyRequests, detail) { RetryAfterSeconds = retryAfterSeconds };

    public static ErrorResult Unavailable(string detail, int? retryAfterSeconds = null) =>
        new(StatusCodes.Status503ServiceUnavailable, detail) { RetryAfterSeconds = retryAfterSeconds };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return response.WriteAsJsonAsync(new ErrorBody(detail), ErrorJson.Wire.ErrorBody, cancellationToken: httpContext.RequestAborted);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(ErrorBody), ["application/json"]));
}

/// <param name="Detail">What is wrong, and what would be accepted.</param>
internal sealed record ErrorBody(string Detail);
