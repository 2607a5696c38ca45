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
        var changed = found with
        {
            Name = change.Name ?? found.Name,
            Description = change.Description ?? found.Description,
            Owner = change.Owner ?? found.Owner,
            Tags = change.Tags ?? found.Tags,
            DatasetName = change.DatasetName ?? found.DatasetName,
            TrainingYamlName = change.TrainingYamlName ?? found.TrainingYamlName,
            UpdatedAt = Moment.Now(clock),
        };
        return await store.TryChangeAsync(changed, cancellationToken)
            ? TypedResults.Ok(changed)
            : ErrorResult.Conflict($"The name '{changed.Name}' is taken by another project; choose another one.");
    }

    private static async Task<IResult> Archive(string project, ProjectStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(project, cancellationToken) is not { } found)
        {
            return ProjectsFeature.Unknown(project);
        }

        var archived = found with { Status = ProjectStatuses.Archived, UpdatedAt = Moment.Now(clock) };
        await store.TryChangeAsync(archived, cancellationToken);
        return TypedResults.Ok(archived);
    }
}
