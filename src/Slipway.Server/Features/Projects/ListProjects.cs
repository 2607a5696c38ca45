using System.Globalization;
using Slipway.Client.Projects;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Projects;

/// <summary>GET /projects: the newest first, how many there are in <c>X-Total-Count</c>.</summary>
internal static class ListProjects
{
    public static void Map(IEndpointRouteBuilder projects) =>
        projects.MapGet("/", Handle).RefusesInvalid().WithSummary("Lists projects, the newest first").Produces<IReadOnlyList<ProjectDetail>>()
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest);

    internal static async Task<IResult> Handle(
        string? status, string? tag, string? owner, Page page, ProjectStore store, HttpResponse response, CancellationToken cancellationToken)
    {
        if (status is not (null or ProjectStatuses.Active or ProjectStatuses.Archived))
        {
            return ErrorResult.BadRequest($"status is '{status}'; accepted are {ProjectStatuses.Active} and {ProjectStatuses.Archived}.");
        }
        var (total, list) = await store.ListAsync(status, tag, owner, page, cancellationToken);
        response.Headers[Page.TotalHeader] = total.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(list);
    }
}
