using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Gateway.Keys;

/// <summary>Lets only keys made with <c>--admin</c> through, and this machine while there is no key at all.</summary>
internal static class AdminOnly
{
    /// <summary>Guards every endpoint of a group before anything of a request's body is read; a filter would come after that.</summary>
    public static RouteGroupBuilder RequireAdmin(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Add(endpoint =>
        {
            var guarded = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => GuardAsync(context, guarded);
        });
        return group;
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate guarded) =>
        await (await RefusalAsync(context) is { } refusal ? refusal.ExecuteAsync(context) : guarded(context));

    private static async ValueTask<ErrorResult?> RefusalAsync(HttpContext context)
    {
        try
        {
            var gate = context.RequestServices.GetRequiredService<AccessGate>();
            return await gate.AuthenticateAsync(context, context.RequestAborted) is { IsAdmin: false }
                ? new ErrorResult(
                    StatusCodes.Status403Forbidden,
                    "This API key is not an administrator's. Make one with 'slipway keys create --name NAME --admin' on the server.")
                : null;
        }
        catch (OpenAiException exception)
        {
            return new ErrorResult(exception.Error.Status, exception.Message);
        }
    }
}
