using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Artifacts;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Files;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>What a run has made: listed, fetched, tagged.</summary>
internal static class ArtifactEndpoints
{
    private const int BufferBytes = 256 * 1024;

    public static void Map(IEndpointRouteBuilder runs)
    {
        var artifacts = runs.MapGroup("/{id}/artifacts");
        artifacts.MapGet("/", List).WithSummary("The files that the run has written into its output folder")
            .Produces<IReadOnlyList<RunArtifact>>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        artifacts.MapGet("/{artifact}/content", Content).WithSummary("A file's bytes; ranges are answered")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").Produces<ErrorBody>(StatusCodes.Status404NotFound);
        artifacts.MapPost("/{artifact}/tags", Tag).ReadsBody(ReadTags).WithSummary("Adds tags")
            .Produces<RunArtifact>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        artifacts.MapDelete("/{artifact}/tags/{tag}", Untag).WithSummary("Takes a tag away")
            .Produces<RunArtifact>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> List(
        string id, string? kind, string? tag, RunStore runs, ArtifactStore store, RunFolders folders, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { } run)
        {
            return RunEndpoints.Unknown(id);
        }
        if (!run.IsFinal && run.Owner == folders.Owner)
        {
            // What a run has made so far can be fetched while it goes on: a checkpoint, the log of its trainer.
            var found = ArtifactScan.Of(folders.Root, RunFolders.OutputName(run.Id, run.Attempt));
            await store.RefreshAsync(run.Id, run.Attempt, found.Files, cancellationToken);
        }
        var artifacts = await store.ListAsync(run.Id, cancellationToken);
        return TypedResults.Ok(artifacts.Where(one => (kind is null || one.Kind == kind) && (tag is null || one.Tags.Contains(tag))));
    }

    private static async Task<IResult> Content(
        string id, string artifact, RunStore runs, ArtifactStore store, RunFolders folders, HttpResponse response, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { } run || await store.FindAsync(run.Id, artifact, cancellationToken) is not { } found)
        {
            return Unknown(id, artifact);
        }
        if (PlainFile.TryOpenStreamInside(folders.Root, found.PathInRuns, BufferBytes) is not { } file)
        {
            return ErrorResult.NotFound(run.Owner == folders.Owner
                ? $"The file '{found.Name}' of run '{id}' is no longer there."
                : $"The file '{found.Name}' of run '{id}' lies on another Slipway server; ask that one for it.");
        }
        // Never shown as a page: a training script may write whatever it likes.
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.File(
            file, "application/octet-stream", Path.GetFileName(found.Name), DateTimeOffset.FromUnixTimeMilliseconds(found.CreatedAt),
            found.Sha256 is { } hash ? new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{hash}\"") : null, enableRangeProcessing: true);
    }

    private static async Task<IResult> Tag(
        string id, string artifact, Body<IReadOnlyList<string>> body, ArtifactStore store, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, artifact, cancellationToken) is not { } found)
        {
            return Unknown(id, artifact);
        }
        await store.TagAsync(found.Id, body.Value, cancellationToken);
        return TypedResults.Ok((await store.ListAsync(id, cancellationToken)).First(one => one.Id == found.Id));
    }

    private static async Task<IResult> Untag(string id, string artifact, string tag, ArtifactStore store, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, artifact, cancellationToken) is not { } found)
        {
            return Unknown(id, artifact);
        }
        return await store.UntagAsync(found.Id, tag, cancellationToken)
            ? TypedResults.Ok((await store.ListAsync(id, cancellationToken)).First(one => one.Id == found.Id))
            : ErrorResult.NotFound($"The artifact '{artifact}' has no tag '{tag}'.");
    }

    private static IReadOnlyList<string> ReadTags(BodyObject body) =>
        body.Required("tags").List(item => item.Line(max: 128)?.Trim(), min: 1, max: 64)?.Distinct(StringComparer.Ordinal).ToList() ?? [];

    private static ErrorResult Unknown(string id, string artifact) =>
        ErrorResult.NotFound($"Run '{id}' has no artifact '{artifact}'; GET /runs/{id}/artifacts lists them.");
}
