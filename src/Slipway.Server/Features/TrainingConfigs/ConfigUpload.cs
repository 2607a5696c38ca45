using System.Buffers;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Slipway.Server.Features.TrainingConfigs.Yaml;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>A file that came in the field <c>file</c> of a form; its name is data, never a path.</summary>
internal sealed record ConfigUpload(string Filename, byte[] Bytes)
{
    private const int LongestFilename = 255;
    private const int LongestBoundary = 200;

    // Beside the file: other fields, boundaries, headers.
    private const int LargestBody = TrainingYaml.LargestFile + (64 << 10);

    private static readonly string[] Endings = [".yaml", ".yml"];

    /// <summary>The file, or why there is none that could be taken.</summary>
    public static async Task<(ConfigUpload? Upload, IResult? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (BoundaryOf(request.ContentType) is not { } boundary)
        {
            return (null, ErrorResult.UnsupportedMediaType(
                $"'{request.ContentType}' is not read here; send the file as multipart/form-data in the field 'file'."));
        }
        if (request.ContentLength > LargestBody)
        {
            return (null, TooLarge());
        }
        try
        {
            return await ReadPartsAsync(new MultipartReader(boundary, request.Body), cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return (null, ErrorResult.BadRequest("The form is broken: it does not end, or its parts are not what multipart/form-data has."));
        }
    }

    private static async Task<(ConfigUpload? Upload, IResult? Refusal)> ReadPartsAsync(MultipartReader parts, CancellationToken cancellationToken)
    {
        ConfigUpload? upload = null;
        while (await parts.ReadNextSectionAsync(cancellationToken) is { } part)
        {
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)
                || HeaderUtilities.RemoveQuotes(disposition.Name) != "file")
            {
                continue;
            }
            if (upload is not null)
            {
                return (null, Fault("there are two files; accepted is one"));
            }
            var filename = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
            if (RefusalOf(filename) is { } refusal)
            {
                return (null, refusal);
            }
            if (await ReadFileAsync(part.Body, cancellationToken) is not { } bytes)
            {
                return (null, TooLarge());
            }
            upload = new ConfigUpload(filename, bytes);
        }
        return upload is null ? (null, Fault("field required", FaultTypes.Missing)) : (upload, null);
    }

    private static IResult? RefusalOf(string filename) =>
        filename.Length == 0 ? Fault("is no file; send it with a file name")
        : filename.Length > LongestFilename ? ErrorResult.BadRequest($"The file name has {filename.Length} characters; at most {LongestFilename} are accepted.")
        : filename.Any(char.IsControl) ? ErrorResult.BadRequest("The file name has control characters; accepted is one without.")
        : !Endings.Any(ending => filename.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            ? ErrorResult.BadRequest($"The file '{filename}' is no training configuration; accepted are {string.Join(" and ", Endings)}.")
        : null;

    // Null when it is larger than accepted; no more than that is ever held.
    private static async Task<byte[]?> ReadFileAsync(Stream file, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(TrainingYaml.LargestFile + 1);
        try
        {
            var length = await file.ReadAtLeastAsync(
                buffer.AsMemory(0, TrainingYaml.LargestFile + 1), TrainingYaml.LargestFile + 1, throwOnEndOfStream: false, cancellationToken);
            return length > TrainingYaml.LargestFile ? null : buffer[..length];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string? BoundaryOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { HasValue: true, Length: > 0 and <= LongestBoundary } boundary
            ? boundary.ToString()
            : null;

    private static ErrorResult TooLarge() =>
        ErrorResult.TooLarge($"The training configuration is too large; at most {TrainingYaml.LargestFile} bytes are accepted.");

    private static FaultsResult Fault(string message, string type = FaultTypes.String) =>
        new([new Fault(BodyPath.Body.Then("file").ToList(), message, type)]);
}
