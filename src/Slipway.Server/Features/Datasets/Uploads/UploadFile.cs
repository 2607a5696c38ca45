using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Slipway.Client.Datasets;
using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>PUT /v1/datasets/{id}/files: one file in one go. A broken upload leaves nothing.</summary>
internal static class UploadFile
{
    private const string Field = "file";

    // Boundaries, headers and small fields beside the file.
    private const long LargestFrame = 1 << 20;

    public static void Map(IEndpointRouteBuilder datasets) =>
        datasets.MapPut("/{id}/files", Handle).WithSummary("Uploads a file: multipart/form-data, field file")
            .Produces<UploadedFile>().Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status404NotFound)
            .Produces<ErrorBody>(StatusCodes.Status413PayloadTooLarge).Produces<ErrorBody>(StatusCodes.Status415UnsupportedMediaType)
            .Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity).Produces<ErrorBody>(StatusCodes.Status429TooManyRequests)
            .Produces<ErrorBody>(StatusCodes.Status507InsufficientStorage);

    internal static async Task<IResult> Handle(
        string id, HttpContext context, DatasetStore datasets, UploadDesk desk, CancellationToken cancellationToken)
    {
        if (await datasets.FindAsync(id, cancellationToken) is not { } found)
        {
            return DatasetAnswers.Unknown(id);
        }
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return ErrorResult.UnsupportedMediaType(
                $"'{context.Request.ContentType}' is not read here; send the file as multipart/form-data in the field '{Field}'.");
        }
        try
        {
            using var place = desk.Enter(context.Response);
            using var buffers = new UploadBuffers();
            desk.CheckLength(Math.Max(0, (context.Request.ContentLength ?? 0) - LargestFrame));
            LiftLimit(context);
            var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
            return await ReceiveAsync(
                found.Dataset.Id, new MultipartScanner(context.Request.Body, boundary, buffers), desk, cancellationToken);
        }
        catch (UploadRefusedException exception)
        {
            return exception.Result;
        }
    }

    /// <summary>Files have a limit of their own, see <see cref="DatasetsOptions.MaxUploadBytes"/>.</summary>
    public static void LiftLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }

    private static async Task<IResult> ReceiveAsync(
        string datasetId, MultipartScanner parts, UploadDesk desk, CancellationToken cancellationToken)
    {
        var others = 0L;
        while (await parts.NextPartAsync(cancellationToken) is { } part)
        {
            if (part is { Name: Field, FileName: { } name })
            {
                return await ReceiveFileAsync(desk.NewFile(datasetId, name, FileStates.Arrived, 0), parts, desk, cancellationToken);
            }
            while (await parts.ReadAsync(cancellationToken) is { IsEmpty: false } piece)
            {
                if ((others += piece.Length) > LargestFrame)
                {
                    throw new UploadRefusedException(
                        StatusCodes.Status413PayloadTooLarge, $"The fields before '{Field}' have more than {LargestFrame} bytes.");
                }
            }
        }
        return new FaultsResult([new Fault(["body", Field], "field required", FaultTypes.Missing)]);
    }

    private static async Task<IResult> ReceiveFileAsync(
        FileRow file, MultipartScanner parts, UploadDesk desk, CancellationToken cancellationToken)
    {
        var isDone = false;
        // The name is new: nobody else can have it open.
        var arriving = desk.TryOpen(file, isNew: true)!;
        try
        {
            await FillAsync(file, arriving, parts, desk, cancellationToken);
            var kept = await desk.FinishAsync(file, arriving);
            isDone = true;
            return TypedResults.Ok(new UploadedFile(kept.Id, kept.DatasetId, kept.Bytes, kept.Name) { Sha256 = kept.Sha256! });
        }
        finally
        {
            await arriving.DisposeAsync();
            if (!isDone)
            {
                desk.Discard(file);
            }
        }
    }

    private static async Task FillAsync(
        FileRow file, ArrivingFile arriving, MultipartScanner parts, UploadDesk desk, CancellationToken cancellationToken)
    {
        while (await parts.ReadAsync(cancellationToken) is { IsEmpty: false } piece)
        {
            if (arriving.Length + piece.Length > desk.MaxBytes)
            {
                throw UploadRefusedException.TooLarge(desk.MaxBytes);
            }
            await arriving.WriteAsync(piece);
        }
        await arriving.DrainAsync();
        if (arriving.Length == 0)
        {
            throw UploadRefusedException.BadRequest($"The file '{file.Name}' is empty; a file of a dataset holds at least one record.");
        }
        // All of the body belongs to the upload: where it breaks off behind the file, the upload did.
        while (await parts.NextPartAsync(cancellationToken) is { } more)
        {
            if (more.Name == Field)
            {
                throw UploadRefusedException.BadRequest($"The body has more than one field '{Field}'; upload one file at a time.");
            }
        }
    }
}
