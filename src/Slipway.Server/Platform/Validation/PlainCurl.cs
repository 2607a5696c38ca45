using System.Net.Mime;

namespace Slipway.Server.Platform.Validation;

/// <summary>
/// <c>curl -d</c> names no media type, or that of forms; its body is taken for the JSON that it is. Only where no browser
/// sent it: a browser's form always carries its origin, and must not reach this machine without being asked first.
/// </summary>
internal static class PlainCurl
{
    /// <summary>Stands before routing, which chooses endpoints by media type.</summary>
    public static void UsePlainCurl(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var request = context.Request;
        if (HttpMethods.IsPost(request.Method) && request.Headers.Origin.Count == 0 && IsUntyped(request.ContentType))
        {
            request.ContentType = MediaTypeNames.Application.Json;
        }
        return next(context);
    });

    private static bool IsUntyped(string? contentType) =>
        contentType is null || contentType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
}
