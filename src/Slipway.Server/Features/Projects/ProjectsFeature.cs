using System.Data.Common;
using Slipway.Client.Projects;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Projects;

/// <summary>What a team trains: a dataset, a configuration, and the runs of the two.</summary>
internal static class ProjectsFeature
{
    public static void AddProjects(this IServiceCollection services) => services.AddSingleton<ProjectStore>();

    public static void MapProjects(this IEndpointRouteBuilder endpoints)
    {
        var projects = endpoints.MapGroup("/projects").WithTags("Projects");
        CreateProject.Map(projects);
        ListProjects.Map(projects);
        ChangeProject.Map(projects);
        projects.MapGet("/{project}", Get).WithSummary("One project, by its name or id")
            .Produces<ProjectDetail>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        projects.MapDelete("/{project}", Delete).WithSummary("Removes a project, its ended runs and their files; 409 while a run is active")
            .Produces(StatusCodes.Status204NoContent)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);
    }

    public static ErrorResult Unknown(string project) =>
        ErrorResult.NotFound($"There is no project '{project}'; GET /projects lists them by name and id.");

    private static async Task<IResult> Get(string project, ProjectStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(project, cancellationToken) is { } found ? TypedResults.Ok(found) : Unknown(project);

    private static async Task<IResult> Delete(
        string project, ProjectStore store, IEnumerable<IProjectRemoval> removals, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(project, cancellationToken) is not { } found)
        {
            return Unknown(project);
        }

        return await store.DeleteAsync(found.Id, removals, cancellationToken) is { } refusal
            ? ErrorResult.Conflict(refusal)
            : TypedResults.NoContent();
    }
}

/// <summary>What hangs on a project and has to go before it does.</summary>
internal interface IProjectRemoval
{
    /// <summary>Removes what belongs to the project, which the transaction has locked.</summary>
    Task<ProjectRemains> RemoveAsync(DbTransaction transaction, string projectId);
}

/// <param name="Refusal">Why the project may not go now, in a sentence; null when it may.</param>
/// <param name="Clear">Removes what is not in the database, once it is certain that the project is gone.</param>
internal sealed record ProjectRemains(string? Refusal, Action Clear);
