using System.Globalization;
using Slipway.Client.Deployments;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Deployments.Surface;

/// <summary>Model servers of this machine: made, listed, restarted, removed.</summary>
internal static class DeploymentEndpoints
{
    public static void Map(IEndpointRouteBuilder deployments)
    {
        deployments.MapPost("/", Create).ReadsBody(DeploymentBody.Read).WithSummary("Starts a model server and keeps it running")
            .Produces<DeploymentInfo>(StatusCodes.Status201Created).Produces<ErrorBody>(StatusCodes.Status400BadRequest);
        deployments.MapGet("/", List).RefusesInvalid().WithSummary("Lists deployments, the newest first: ?model, ?tag, ?status")
            .Produces<IReadOnlyList<DeploymentInfo>>().Produces<ErrorBody>(StatusCodes.Status400BadRequest);
        deployments.MapGet("/{id}", Get).WithSummary("A deployment as it stands now")
            .Produces<DeploymentInfo>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        deployments.MapPost("/{id}/restart", Restart).WithSummary("Starts its servers again, one after another; requests in flight are finished first")
            .Produces<DeploymentInfo>(StatusCodes.Status202Accepted).Produces<ErrorBody>(StatusCodes.Status404NotFound)
            .Produces<ErrorBody>(StatusCodes.Status409Conflict);
        deployments.MapDelete("/{id}", Delete).WithSummary("Takes a deployment away: drains it, then ends its processes; ?force kills what does not end")
            .Produces<DeploymentRemoved>().Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);
    }

    public static ErrorResult Unknown(string id) => ErrorResult.NotFound($"There is no deployment '{id}'; GET /deployments lists them.");

    private static async Task<IResult> Create(Body<DeploymentOrder> body, DeploymentDesk desk, CancellationToken cancellationToken)
    {
        var (info, refusal) = await desk.CreateAsync(body.Value, cancellationToken);
        return info is null ? ErrorResult.BadRequest(refusal) : TypedResults.Created($"/deployments/{info.DeploymentId}", info);
    }

    private static IResult List(string? model, string? tag, string? status, Page page, DeploymentDesk desk, HttpResponse response)
    {
        if (status is not null && !DeploymentStatuses.All.Contains(status))
        {
            return ErrorResult.BadRequest($"status is '{status}'; accepted are {string.Join(", ", DeploymentStatuses.All)}.");
        }
        var found = desk.All.Where(one =>
            (model is null || one.ServedModelName == model || one.ModelPath == model)
            && (tag is null || one.Tags.Contains(tag))
            && (status is null || one.Status == status)).ToList();
        response.Headers[Page.TotalHeader] = found.Count.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(found.Skip((int)Math.Min(page.Offset, found.Count)).Take((int)page.Limit));
    }

    private static IResult Get(string id, DeploymentDesk desk) => desk.Find(id) is { } info ? TypedResults.Ok(info) : Unknown(id);

    private static async Task<IResult> Restart(string id, DeploymentDesk desk) => await desk.RestartAsync(id) switch
    {
        RestartOutcome.Begun when desk.Find(id) is { } info => TypedResults.Accepted($"/deployments/{id}", info),
        RestartOutcome.IsRestarting => ErrorResult.Conflict(
            $"The servers of deployment '{id}' are being started again already, one after another; GET /deployments/{id} shows how far that is."),
        _ => Unknown(id),
    };

    private static async Task<IResult> Delete(string id, bool? force, DeploymentDesk desk, CancellationToken cancellationToken) =>
        await desk.RemoveAsync(id, force ?? false, cancellationToken) switch
        {
            RemovalOutcome.Removed => TypedResults.Ok(new DeploymentRemoved("deployment removed", id)),
            RemovalOutcome.StillAlive => ErrorResult.Conflict(
                $"The processes of deployment '{id}' have been told to end and have not; DELETE /deployments/{id}?force=true kills them."),
            RemovalOutcome.Undead => ErrorResult.Conflict(
                $"The processes of deployment '{id}' have been killed and are there all the same: they wait for a device or a disk. "
                + "The deployment is removed when they end."),
            RemovalOutcome.Unfinished => new ErrorResult(
                StatusCodes.Status500InternalServerError, $"Deployment '{id}' could not be removed yet; the server's log says why. It is tried again."),
            _ => Unknown(id),
        };
}
