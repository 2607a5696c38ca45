using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Supervision;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>Cancelling, trying again and removing runs.</summary>
internal static class EndRun
{
    public static void Map(IEndpointRouteBuilder runs)
    {
        runs.MapPost("/{id}/cancel", Cancel).WithSummary("Ends a run: TERM to all its processes, KILL after a grace; answers at once")
            .Produces<RunDetail>(StatusCodes.Status202Accepted).Produces<RunDetail>()
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);
        runs.MapPost("/{id}/retry", Retry).ReadsBody(RunBody.ReadRetry, mayBeEmpty: true)
            .WithSummary("Puts a failed, cancelled or lost run into the queue again, from its last checkpoint unless resume is false")
            .Produces<RunDetail>().Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);
        runs.MapDelete("/{id}", Delete).WithSummary("Removes an ended run with its log and its artifacts")
            .Produces(StatusCodes.Status204NoContent)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> Cancel(string id, RunStore store, RunEnding ending, RunBell bell, CancellationToken cancellationToken)
    {
        var outcome = await store.CancelAsync(id, "the API", ending.TellAsync, cancellationToken);
        if (await store.FindAsync(id, cancellationToken) is not { } run)
        {
            return RunEndpoints.Unknown(id);
        }
        bell.Ring();
        return outcome switch
        {
            CancelOutcome.TooLate => ErrorResult.Conflict($"The run '{id}' has ended before: it is '{run.Status}'."),
            CancelOutcome.Ended => TypedResults.Ok(run.ToDetail()),
            _ => TypedResults.Accepted($"/runs/{id}", run.ToDetail()),
        };
    }

    private static async Task<IResult> Retry(
        string id, Body<RetryRunRequest> body, RunStore store, RunFolders folders, RunPreparation preparation, RunBell bell,
        CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } run)
        {
            return RunEndpoints.Unknown(id);
        }
        if (run.Owner != folders.Owner)
        {
            return ErrorResult.Conflict($"The run '{id}' and its checkpoints lie on another Slipway server; ask that one to try it again.");
        }
        var (source, words) = body.Value.Resume == false ? (null, "queued again, from the beginning")
            : preparation.LastCheckpoint(run.Id) is not null ? (run.Id, "queued again, to go on from its last checkpoint")
            : run.ResumeFrom is { } first && first != run.Id ? (first, $"queued again, to go on from the last checkpoint of run {first}")
            : (null, "queued again, from the beginning: it has left no checkpoint");
        var isQueued = await store.RetryAsync(run.Id, source, words, cancellationToken);
        bell.Ring();
        return isQueued && await store.FindAsync(run.Id, cancellationToken) is { } queued
            ? TypedResults.Ok(queued.ToDetail())
            : ErrorResult.Conflict($"The run '{id}' is '{run.Status}'; only a failed, cancelled or lost run can be tried again.");
    }

    private static async Task<IResult> Delete(string id, RunStore store, RunRemoval removal, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } run)
        {
            return RunEndpoints.Unknown(id);
        }
        return await removal.RemoveRunAsync(run.Id, cancellationToken)
            ? TypedResults.NoContent()
            : ErrorResult.Conflict($"The run '{id}' is '{run.Status}'; cancel it first, or wait for its end.");
    }
}
