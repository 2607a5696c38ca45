using System.Security.Cryptography;
using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>HEAD and PATCH /v1/uploads/{id}: how far an upload has come, and its next bytes (tus: core and checksum).</summary>
internal static class ResumeUpload
{
    public static void Map(IEndpointRouteBuilder uploads)
    {
        uploads.MapMethods("/{id}", [HttpMethods.Head], Tell).WithSummary("How many bytes of a resumable upload are on the disk")
            .Produces(StatusCodes.Status200OK).Produces(StatusCodes.Status404NotFound);
        uploads.MapMethods("/{id}", [HttpMethods.Options], CreateUpload.Describe).ExcludeFromDescription();
        uploads.MapPatch("/{id}", Handle).WithSummary("The next bytes of a resumable upload, from Upload-Offset on")
            .Produces(StatusCodes.Status204NoContent).Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict)
            .Produces<ErrorBody>(StatusCodes.Status413PayloadTooLarge).Produces<ErrorBody>(StatusCodes.Status415UnsupportedMediaType)
            .Produces<ErrorBody>(StatusCodes.Status423Locked).Produces<ErrorBody>(UploadRefusedException.ChecksumMismatch)
            .Produces<ErrorBody>(StatusCodes.Status507InsufficientStorage);
    }

    internal static async Task<IResult> Tell(
        string id, HttpContext context, FileStore store, DatasetFolder folder, UploadSweeper sweeper, CancellationToken cancellationToken)
    {
        try
        {
            Tus.Greet(context);
            var file = await store.FindAsync(id, cancellationToken) ?? throw UploadRefusedException.Unknown(id);
            var headers = context.Response.Headers;
            headers[Tus.OffsetHeader] = Tus.Text(await OffsetAsync(file, folder));
            headers[Tus.LengthHeader] = Tus.Text(file.Bytes);
            headers.CacheControl = "no-store";
            if (file.State == FileStates.Open)
            {
                headers[Tus.ExpiresHeader] = sweeper.EndOf(file).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            }
            return TypedResults.Ok();
        }
        catch (UploadRefusedException exception)
        {
            return exception.Result;
        }
    }

    internal static async Task<IResult> Handle(
        string id, HttpContext context, FileStore store, UploadDesk desk, CancellationToken cancellationToken)
    {
        try
        {
            Tus.Greet(context);
            if (!string.Equals(context.Request.ContentType, Tus.MediaType, StringComparison.OrdinalIgnoreCase))
            {
                return ErrorResult.UnsupportedMediaType($"'{context.Request.ContentType}' is not read here; send the bytes as {Tus.MediaType}.");
            }
            var offset = Tus.Number(context.Request, Tus.OffsetHeader);
            var file = await store.FindAsync(id, cancellationToken) ?? throw UploadRefusedException.Unknown(id);
            if (file.State != FileStates.Open)
            {
                throw new UploadRefusedException(StatusCodes.Status409Conflict, $"The upload '{id}' is complete at {file.Bytes} bytes.");
            }
            using var place = desk.Enter(context.Response);
            using var checksum = UploadChecksum.Of(context.Request);
            var length = await AppendAsync(file, offset, checksum, context, desk, cancellationToken);
            context.Response.Headers[Tus.OffsetHeader] = Tus.Text(length);
            return TypedResults.NoContent();
        }
        catch (UploadRefusedException exception)
        {
            return exception.Result;
        }
    }

    // What is told is on the disk. The length of a file counts only bytes that are, once it is synced, also after a power failure.
    private static Task<long> OffsetAsync(FileRow file, DatasetFolder folder) => Task.Run(() =>
    {
        if (file.State != FileStates.Open)
        {
            return file.Bytes;
        }
        try
        {
            using var bytes = File.OpenHandle(folder.Arriving(file.Id), share: FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(bytes);
            return RandomAccess.GetLength(bytes);
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
        catch (IOException exception) when (DiskFaults.IsHeld(exception))
        {
            // Being looked at by the sweeper, which leaves what was synced before as it is.
            return new FileInfo(folder.Arriving(file.Id)).Length;
        }
    });

    private static async Task<long> AppendAsync(
        FileRow file, long offset, UploadChecksum? checksum, HttpContext context, UploadDesk desk, CancellationToken cancellationToken)
    {
        var arriving = Open(file, desk)
            ?? throw new UploadRefusedException(StatusCodes.Status423Locked, $"Another request writes to the upload '{file.Id}' right now.");
        await using (arriving)
        {
            if (arriving.Length != offset)
            {
                throw new UploadRefusedException(
                    StatusCodes.Status409Conflict, $"{Tus.OffsetHeader} is {offset}, but the upload has {arriving.Length} bytes; go on from there.");
            }
            if (context.Request.ContentLength > file.Bytes - offset)
            {
                throw TooLong(file);
            }
            UploadFile.LiftLimit(context);
            using var writing = desk.Write(file.Id, cancellationToken);
            try
            {
                await CopyAsync(file, context.Request.Body, arriving, checksum?.Hash, writing.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Given up by another request.
                throw UploadRefusedException.Unknown(file.Id);
            }
            finally
            {
                // Also of a request that broke off: what has come is kept.
                await arriving.FlushAsync();
                desk.Rest(file.Id);
            }
            await CheckAsync(arriving, offset, checksum);
            if (arriving.Length == file.Bytes)
            {
                await desk.FinishAsync(file, arriving);
            }
            return arriving.Length;
        }
    }

    private static ArrivingFile? Open(FileRow file, UploadDesk desk)
    {
        try
        {
            return desk.TryOpen(file, isNew: false);
        }
        catch (FileNotFoundException)
        {
            return desk.TryOpen(file, isNew: true);
        }
    }

    private static async Task CopyAsync(
        FileRow file, Stream body, ArrivingFile arriving, IncrementalHash? check, CancellationToken cancellationToken)
    {
        using var buffers = new UploadBuffers();
        var buffer = buffers.Current;
        // The first piece ends where the next can go straight to the disk.
        var (filled, whole) = (0, buffer.Length - (int)(arriving.Length % DirectFile.Alignment));
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer[filled..whole], cancellationToken)) > 0)
            {
                filled += read;
                if (arriving.Length + filled > file.Bytes)
                {
                    filled = 0;
                    throw TooLong(file);
                }
                if (filled == whole)
                {
                    await arriving.WriteAsync(buffer[..whole], check);
                    (buffer, filled, whole) = (buffers.Switch(), 0, buffer.Length);
                }
            }
        }
        finally
        {
            if (filled > 0)
            {
                await arriving.WriteAsync(buffer[..filled], check);
            }
            // The buffers go back when this ends.
            await arriving.DrainAsync();
        }
    }

    private static async Task CheckAsync(ArrivingFile arriving, long offset, UploadChecksum? checksum)
    {
        if (checksum is not null && !checksum.Matches())
        {
            await arriving.CutAsync(offset);
            throw new UploadRefusedException(
                UploadRefusedException.ChecksumMismatch, $"The bytes are not those of {Tus.ChecksumHeader}; the upload still has {offset} bytes.");
        }
    }

    private static UploadRefusedException TooLong(FileRow file) => new(
        StatusCodes.Status413PayloadTooLarge, $"The upload is of {file.Bytes} bytes, as {Tus.LengthHeader} said; these are more.");
}
