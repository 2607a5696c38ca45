using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Platform.Errors;

/// <summary>422: every fault of a request at once.</summary>
internal sealed class FaultsResult(IReadOnlyList<Fault> faults) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => StatusCodes.Status422UnprocessableEntity;

    public IReadOnlyList<Fault> Faults => faults;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return httpContext.Response.WriteAsJsonAsync(
            new FaultsBody(faults), ErrorJson.Wire.FaultsBody, cancellationToken: httpContext.RequestAborted);
    }
}

internal sealed record FaultsBody(IReadOnlyList<Fault> Detail);
