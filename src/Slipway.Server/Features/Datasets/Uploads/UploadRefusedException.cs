using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>An upload that cannot be taken; thrown from wherever it shows, answered at the endpoint.</summary>
internal sealed class UploadRefusedException(int status, string message) : Exception(message)
{
    /// <summary>tus: the bytes are not those of the checksum.</summary>
    public const int ChecksumMismatch = 460;

    public ErrorResult Result { get; } = new(status, message);

    public static UploadRefusedException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    public static UploadRefusedException Unknown(string uploadId) =>
        new(StatusCodes.Status404NotFound, $"There is no upload '{(uploadId.Length <= 64 ? uploadId : uploadId[..64] + "…")}'.");

    public static UploadRefusedException DatasetGone(string datasetId) =>
        new(StatusCodes.Status404NotFound, $"The dataset '{datasetId}' was removed meanwhile.");

    public static UploadRefusedException TooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, $"The file is larger than {limit} bytes, the most that Datasets:MaxUploadBytes of this server allows.");

    public static UploadRefusedException DiskFull() => new(
        StatusCodes.Status507InsufficientStorage, "The server's disk has no room for this file. Nothing of it is kept that cannot be resumed.");
}
