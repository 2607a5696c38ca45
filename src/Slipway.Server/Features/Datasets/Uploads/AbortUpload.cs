using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>DELETE /v1/uploads/{id}: an unfinished upload stops, a finished file leaves its dataset (tus: termination).</summary>
internal static class AbortUpload
{
    public static void Map(IEndpointRouteBuilder uploads) =>
        uploads.MapDelete("/{id}", Handle).WithSummary("Stops an upload, or removes its file from the dataset").Produces<UploadAborted>()
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);

    internal static async Task<IResult> Handle(
        string id, HttpContext context, FileStore store, UploadDesk desk, CancellationToken cancellationToken)
    {
        try
        {
            Tus.Greet(context);
            var (outcome, file) = await store.RemoveAsync(id, cancellationToken);
            if (outcome == ChangeOutcome.Unknown)
            {
                throw UploadRefusedException.Unknown(id);
            }
            if (outcome == ChangeOutcome.InUse)
            {
                return ErrorResult.Conflict($"The dataset '{file!.DatasetId}' is in use by a run that has not ended; its files stay until then.");
            }
            desk.Discard(file!);
            // A client of the protocol waits for 204; the contract's own say nothing of tus, and read the body.
            return context.Request.Headers.ContainsKey(Tus.ResumableHeader)
                ? TypedResults.NoContent()
                : TypedResults.Ok(new UploadAborted(id, "aborted"));
        }
        catch (UploadRefusedException exception)
        {
            return exception.Result;
        }
    }
}
