using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>POST /v1/datasets/{id}/uploads: begins an upload that may be interrupted and resumed (tus: creation).</summary>
internal static class CreateUpload
{
    public static void Map(IEndpointRouteBuilder datasets)
    {
        datasets.MapPost("/{id}/uploads", Handle)
            .WithSummary("Begins a resumable upload (tus 1.0): Upload-Length, and Upload-Metadata with filename and, if known, sha256")
            .Produces<ResumableUpload>(StatusCodes.Status201Created).Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status412PreconditionFailed)
            .Produces<ErrorBody>(StatusCodes.Status413PayloadTooLarge).Produces<ErrorBody>(StatusCodes.Status507InsufficientStorage);
        datasets.MapMethods("/{id}/uploads", [HttpMethods.Options], Describe).ExcludeFromDescription();
    }

    internal static async Task<IResult> Handle(
        string id, HttpContext context, DatasetStore datasets, FileStore store, UploadDesk desk, UploadSweeper sweeper,
        CancellationToken cancellationToken)
    {
        try
        {
            Tus.Greet(context);
            if (await datasets.FindAsync(id, cancellationToken) is not { } found)
            {
                return DatasetAnswers.Unknown(id);
            }
            var file = Read(context.Request, found.Dataset.Id, desk);
            desk.CheckLength(file.Bytes);
            await MakeAsync(file, store, desk);
            context.Response.Headers[Tus.ExpiresHeader] = sweeper.EndOf(file).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            return TypedResults.Created(
                $"/v1/uploads/{file.Id}", new ResumableUpload(file.Id, file.DatasetId, 0, file.Bytes, file.Name));
        }
        catch (UploadRefusedException exception)
        {
            return exception.Result;
        }
    }

    /// <summary>What this server can do, for a client that asks before it begins.</summary>
    internal static IResult Describe(HttpContext context, UploadDesk desk)
    {
        var headers = context.Response.Headers;
        headers[Tus.ResumableHeader] = headers[Tus.VersionHeader] = Tus.Version;
        headers["Tus-Extension"] = Tus.Extensions;
        headers["Tus-Checksum-Algorithm"] = Tus.ChecksumAlgorithms;
        headers["Tus-Max-Size"] = Tus.Text(desk.MaxBytes);
        return TypedResults.NoContent();
    }

    private static FileRow Read(HttpRequest request, string datasetId, UploadDesk desk)
    {
        var length = Tus.Number(request, Tus.LengthHeader);
        var metadata = Tus.Metadata(request);
        if (length == 0)
        {
            throw UploadRefusedException.BadRequest("The file is empty; a file of a dataset holds at least one record.");
        }
        var name = metadata.GetValueOrDefault("filename") ?? metadata.GetValueOrDefault("name")
            ?? throw UploadRefusedException.BadRequest($"The header {Tus.MetadataHeader} needs a filename: filename BASE64.");
        var hash = metadata.GetValueOrDefault("sha256")?.ToLowerInvariant();
        return hash is not null && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
            ? throw UploadRefusedException.BadRequest($"sha256 in the header {Tus.MetadataHeader} is not of 64 hexadecimal digits.")
            : desk.NewFile(datasetId, name, FileStates.Open, length) with { Sha256 = hash };
    }

    private static async Task MakeAsync(FileRow file, FileStore store, UploadDesk desk)
    {
        if (!await store.TryAddAsync(file, CancellationToken.None))
        {
            throw UploadRefusedException.DatasetGone(file.DatasetId);
        }
        // A file without a note is swept away; so the note comes first, and an upload whose file is missing is at 0.
        await using var empty = desk.TryOpen(file, isNew: true);
    }
}
