using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Server.Features.Projects;
using Slipway.Server.Features.Runs.Supervision;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>POST /projects/{project}/runs: checks that everything is there, lays it down, and puts the run into the queue.</summary>
internal static class StartRun
{
    public static void Map(IEndpointRouteBuilder projects) =>
        projects.MapPost("/{project}/runs", Handle).ReadsBody(RunBody.ReadStart, mayBeEmpty: true).WithSummary("Starts a run")
            .Produces<RunDetail>(StatusCodes.Status201Created)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);

    internal static async Task<IResult> Handle(
        string project, Body<StartRunRequest> body, ProjectStore projects, RunInputs inputs, RunPlanner planner, RunStore store,
        RunFolders folders, RunFolderRemoval removal, RunBell bell, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found)
        {
            return ProjectsFeature.Unknown(project);
        }
        if (found.Status == ProjectStatuses.Archived)
        {
            return ErrorResult.Conflict($"The project '{found.Name}' is archived and takes no new runs.");
        }
        var (material, missing) = await inputs.FindAsync(found, cancellationToken);
        if (material is null)
        {
            return ErrorResult.BadRequest(missing);
        }
        var (run, refusal) = await planner.PlanAsync(found, body.Value, material, cancellationToken);
        if (run is null)
        {
            return ErrorResult.BadRequest(refusal);
        }
        try
        {
            inputs.LayDown(run.Id, material);
            run = run with { TokenHash = RunToken.Make(folders, run.Id) };
        }
        catch
        {
            removal.Remove(run.Id);
            throw;
        }
        // When this throws the run may be there nevertheless: its folder stays, and the next start sees which came true.
        if (!await store.AddAsync(run, $"queued for {run.Executor}", cancellationToken))
        {
            removal.Remove(run.Id);
            return ErrorResult.Conflict($"The project '{found.Name}' was removed or archived just now and takes no new runs.");
        }
        folders.Settle(run.Id);
        bell.Ring();
        return TypedResults.Created($"/runs/{run.Id}", (run with { LogCount = 1 }).ToDetail());
    }
}
