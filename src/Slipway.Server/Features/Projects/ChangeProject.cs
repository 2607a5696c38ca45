using Slipway.Client.Projects;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Json;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Projects;

/// <summary>PATCH /projects/{project} and POST /projects/{project}/archive.</summary>
internal static class ChangeProject
{
    public static void Map(IEndpointRouteBuilder projects)
    {
        projects.MapPatch("/{project}", Handle).ReadsBody(ProjectBody.ReadChange).WithSummary("Changes what is given, leaves the rest")
            .Produces<ProjectDetail>().Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);
        projects.MapPost("/{project}/archive", Archive).WithSummary("Closes a project for new runs; what it has stays")
            .Produces<ProjectDetail>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    internal static async Task<IResult> Handle(
        string project, Body<UpdateProjectRequest> body, ProjectStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(project, cancellationToken) is not { } found)
        {
            return ProjectsFeature.Unknown(project);
        }

        var change = body.Value;
        return await ChangeAsync(found.Id, store, old => old with
        {
            Name = change.Name ?? old.Name,
            Description = change.Description ?? old.Description,
            Owner = change.Owner ?? old.Owner,
            Tags = change.Tags ?? old.Tags,
            DatasetName = change.DatasetName ?? old.DatasetName,
            TrainingYamlName = change.TrainingYamlName ?? old.TrainingYamlName,
            UpdatedAt = Moment.Now(clock),
        }, cancellationToken);
    }

    private static async Task<IResult> Archive(string project, ProjectStore store, TimeProvider clock, CancellationToken cancellationToken) =>
        await store.FindAsync(project, cancellationToken) is { } found
            ? await ChangeAsync(
                found.Id, store, old => old with { Status = ProjectStatuses.Archived, UpdatedAt = Moment.Now(clock) }, cancellationToken)
            : ProjectsFeature.Unknown(project);

    private static async Task<IResult> ChangeAsync(
        string id, ProjectStore store, Func<ProjectDetail, ProjectDetail> change, CancellationToken cancellationToken)
    {
        var name = "";
        var (changed, isTaken) = await store.ChangeAsync(id, old =>
        {
            var next = change(old);
            name = next.Name;
            return next;
        }, cancellationToken);
        return changed is not null ? TypedResults.Ok(changed)
            : isTaken ? ErrorResult.Conflict($"The name '{name}' is taken by another project; choose another one.")
            : ProjectsFeature.Unknown(id);
    }
}
