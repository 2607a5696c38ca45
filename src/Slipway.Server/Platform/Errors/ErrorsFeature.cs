namespace Slipway.Server.Platform.Errors;

internal static class ErrorsFeature
{
    public static void AddErrors(this IServiceCollection services) => services.AddExceptionHandler<UnhandledErrors>();

    /// <summary>Gives a body to every error that no endpoint wrote: exceptions, unknown paths, wrong methods.</summary>
    public static void UseErrors(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            // Unread bodies and bad headers are the client's fault, also where the developer page would call them ours.
            StatusCodeSelector = exception => exception is BadHttpRequestException bad
                ? bad.StatusCode
                : StatusCodes.Status500InternalServerError,
            // The middleware insists on one; UnhandledErrors has answered before it would be asked.
            ExceptionHandler = _ => Task.CompletedTask,
        });
        app.UseStatusCodePages(context => BareStatus.Describe(context.HttpContext).ExecuteAsync(context.HttpContext));
    }
}
