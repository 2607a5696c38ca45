using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Limits;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Telemetry;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Keys;

/// <summary>
/// Asks for keys outside the gateway's own calls, as each endpoint's <see cref="AccessRule"/> says, before anything of a
/// request's body is read. What answers take there is limited and counted too, or a budget would end where the gateway does.
/// </summary>
internal sealed class EndpointGuard(RequestDelegate next, AccessGate access, Limiter limiter, ModelHost models)
{
    private const string NotAdmin =
        "This API key is not an administrator's. Make one with 'slipway keys create --name NAME --admin' on the server.";

    public async Task InvokeAsync(HttpContext context)
    {
        var need = context.GetEndpoint() is { } endpoint
            ? endpoint.Metadata.GetMetadata<AccessRule>()?.Need ?? AccessNeed.Key
            : AccessNeed.Nothing;
        if (need is AccessNeed.Nothing || (context.GetEndpoint()?.Metadata.GetMetadata<AdmissionRule>() is { } rule && await rule.Admits(context)))
        {
            await next(context);
            return;
        }

        Admission? admission;
        try
        {
            admission = await EnterAsync(context, need);
        }
        catch (OpenAiException exception)
        {
            await RefuseAsync(context, exception);
            return;
        }

        using (admission)
        {
            try
            {
                await next(context);
            }
            finally
            {
                Settle(context, admission);
            }
        }
    }

    private async ValueTask<Admission?> EnterAsync(HttpContext context, AccessNeed need)
    {
        var key = await access.AuthenticateAsync(context, context.RequestAborted);
        if (need is AccessNeed.Admin && key is { IsAdmin: false })
        {
            throw new OpenAiException(new OpenAiError(StatusCodes.Status403Forbidden, OpenAiErrorTypes.Permission, NotAdmin));
        }

        if (need is not AccessNeed.Tokens || models.Current is not { } model)
        {
            // Without a model nothing is computed.
            return null;
        }

        AccessGate.Permit(key, model.Name);
        var admission = await limiter.EnterAsync(
            key, model.Name, CallSize.Tokens(context.Request.ContentLength ?? 0), context.RequestAborted);
        admission.Headers.WriteTo(context.Response.Headers);
        return admission;
    }

    private static void Settle(HttpContext context, Admission? admission)
    {
        if (admission is not null && context.Features.Get<RequestCounts>() is { CompletionTokens: { } completion, PromptTokens: { } prompt })
        {
            admission.Settle(new TokenUsage(prompt, completion));
        }
    }

    private static Task RefuseAsync(HttpContext context, OpenAiException exception)
    {
        (exception as LimitException)?.Headers.WriteTo(context.Response.Headers);
        var wait = exception.Error.RetryAfter is { } pause ? (int)Math.Ceiling(pause.TotalSeconds) : (int?)null;
        return new ErrorResult(exception.Error.Status, exception.Message) { RetryAfterSeconds = wait }.ExecuteAsync(context);
    }
}
