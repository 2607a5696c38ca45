using Microsoft.AspNetCore.WebUtilities;

namespace Slipway.Server.Platform.Errors;

/// <summary>Words for the statuses that the framework sets on its own, without a body.</summary>
internal static class BareStatus
{
    private const int LongestPathShown = 200;

    public static ErrorResult Describe(HttpContext context) => Describe(context, context.Response.StatusCode, null);

    public static ErrorResult Describe(HttpContext context, int status, string? reason)
    {
        var request = context.Request;
        return new ErrorResult(status, status switch
        {
            StatusCodes.Status404NotFound => $"Nothing is at {Shown(request)}. /docs lists what there is.",
            StatusCodes.Status405MethodNotAllowed =>
                $"{request.Method} is not allowed on {Shown(request)}; allowed: {context.Response.Headers.Allow}.",
            StatusCodes.Status413PayloadTooLarge => "The request is larger than this server accepts.",
            StatusCodes.Status415UnsupportedMediaType => MediaType(request.ContentType),
            _ => reason ?? ReasonPhrases.GetReasonPhrase(status) + ".",
        });
    }

    public static string MediaType(string? contentType) => string.IsNullOrEmpty(contentType)
        ? "A body needs the header Content-Type: application/json."
        : $"'{contentType}' is not read here; send the body as Content-Type: application/json in UTF-8.";

    // As sent, still escaped: a decoded path could carry line breaks.
    private static string Shown(HttpRequest request)
    {
        var path = request.Path.ToUriComponent();
        return path.Length <= LongestPathShown ? path : path[..LongestPathShown] + "…";
    }
}
