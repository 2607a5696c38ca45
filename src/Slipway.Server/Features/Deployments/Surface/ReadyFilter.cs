using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Deployments.Surface;

/// <summary>A server that does not look after the deployments knows none: it says so instead of answering that there are none.</summary>
internal sealed class ReadyFilter(DeploymentDesk desk) : IEndpointFilter
{
    private const int RetryAfterSeconds = 5;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await desk.WhyNotReadyAsync(context.HttpContext.RequestAborted) is { } why
            ? ErrorResult.Unavailable(why, RetryAfterSeconds)
            : await next(context);
}
