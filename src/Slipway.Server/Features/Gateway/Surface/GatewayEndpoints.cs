using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>
/// Everything under /v1, which asks for keys itself and in its own words. Plain request delegates without a method of their own in the route: a wrong method is answered in
/// OpenAI's form like every other error, and nothing is bound by the framework on the hot path.
/// </summary>
internal static class GatewayEndpoints
{
    private const int LongestPathShown = 200;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var run = endpoints.ServiceProvider.GetRequiredService<GatewayRun>();
        var models = endpoints.ServiceProvider.GetRequiredService<ModelList>();
        MapCall(endpoints, "/v1/chat/completions", run, GatewayOperation.ChatCompletion);
        MapCall(endpoints, "/v1/completions", run, GatewayOperation.Completion);
        MapCall(endpoints, "/v1/embeddings", run, GatewayOperation.Embedding);
        MapRead(endpoints, "/v1/models", context => models.HandleAsync(context, null));
        MapRead(endpoints, "/v1/models/{**id}", context => models.HandleAsync(context, IdOf(context)));
        endpoints.Map("/v1/{**rest}", UnknownPath).NeedsNoKey();
    }

    /// <summary>
    /// Takes plain calls before everything that they have no use for: documents, CORS, routing, error pages. Calls of web
    /// pages go the long way, and find the same delegates at its end.
    /// </summary>
    public static void UseShortcut(IApplicationBuilder app)
    {
        var run = app.ApplicationServices.GetRequiredService<GatewayRun>();
        app.Use(next => context => HttpMethods.IsPost(context.Request.Method) && context.Request.Headers.Origin.Count == 0
            ? context.Request.Path.Value switch
            {
                "/v1/chat/completions" => run.HandleAsync(context, GatewayOperation.ChatCompletion),
                "/v1/completions" => run.HandleAsync(context, GatewayOperation.Completion),
                "/v1/embeddings" => run.HandleAsync(context, GatewayOperation.Embedding),
                _ => next(context),
            }
            : next(context));
    }

    private static void MapCall(IEndpointRouteBuilder endpoints, string path, GatewayRun run, GatewayOperation operation) =>
        endpoints.Map(path, (RequestDelegate)(context => HttpMethods.IsPost(context.Request.Method)
            ? run.HandleAsync(context, operation)
            : WrongMethod(context, "POST"))).NeedsNoKey();

    private static void MapRead(IEndpointRouteBuilder endpoints, string path, RequestDelegate read) =>
        endpoints.Map(path, context => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? read(context)
            : WrongMethod(context, "GET")).NeedsNoKey();

    // Clients escape the slashes of an id, and the server, which decodes all the rest of a path, leaves these as they are.
    private static string? IdOf(HttpContext context) =>
        ((string?)context.Request.RouteValues["id"])?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static Task WrongMethod(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return ErrorAnswer.WriteAsync(context, new OpenAiError(
            StatusCodes.Status405MethodNotAllowed, OpenAiErrorTypes.InvalidRequest,
            $"{context.Request.Method} is not allowed on {Shown(context)}; allowed: {allowed}.", Code: "method_not_allowed"));
    }

    private static Task UnknownPath(HttpContext context) => ErrorAnswer.WriteAsync(context, new OpenAiError(
        StatusCodes.Status404NotFound, OpenAiErrorTypes.InvalidRequest,
        $"Nothing is at {Shown(context)}. There are /v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models.",
        Code: "unknown_url"));

    // As sent, still escaped: a decoded path could carry line breaks.
    private static string Shown(HttpContext context)
    {
        var path = context.Request.Path.ToUriComponent();
        return path.Length <= LongestPathShown ? path : path[..LongestPathShown] + "…";
    }
}
