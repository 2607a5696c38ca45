using Slipway.Client.Projects;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Json;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Projects;

/// <summary>POST /projects.</summary>
internal static class CreateProject
{
    public static void Map(IEndpointRouteBuilder projects) =>
        projects.MapPost("/", Handle).ReadsBody(ProjectBody.ReadNew).WithSummary("Makes a project")
            .Produces<ProjectDetail>(StatusCodes.Status201Created).Produces<ErrorBody>(StatusCodes.Status409Conflict);

    internal static async Task<IResult> Handle(
        Body<CreateProjectRequest> body, ProjectStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        var request = body.Value;
        var now = Moment.Now(clock);
        var project = new ProjectDetail
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Name = request.Name,
            Description = request.Description ?? "",
            Owner = request.Owner ?? "",
            Tags = request.Tags ?? [],
            DatasetName = request.DatasetName,
            TrainingYamlName = request.TrainingYamlName,
            Status = ProjectStatuses.Active,
            CreatedAt = now,
            UpdatedAt = now,
            RunsCount = 0,
        };
        return await store.TryAddAsync(project, cancellationToken)
            ? TypedResults.Created($"/projects/{project.Id}", project)
            : ErrorResult.Conflict($"The name '{request.Name}' is taken by another project; choose another one.");
    }
}
