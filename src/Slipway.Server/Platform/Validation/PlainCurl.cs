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
        if (HttpMethods.IsPost(request.Method) && IsUntyped(request))
        {
            request.ContentType = MediaTypeNames.Application.Json;
        }
        return next(context);
    });

    /// <summary>Whether no type was named and no browser sent it.</summary>
    public static bool IsUntyped(HttpRequest request) => request.Headers.Origin.Count == 0
        && (request.ContentType is null || request.ContentType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase));
}
