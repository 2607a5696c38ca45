using System.Globalization;
using System.Text;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>The words of the tus protocol, version 1.0.0, with its extensions creation, termination, checksum and expiration.</summary>
internal static class Tus
{
    public const string Version = "1.0.0";
    public const string MediaType = "application/offset+octet-stream";
    public const string OffsetHeader = "Upload-Offset";
    public const string LengthHeader = "Upload-Length";
    public const string MetadataHeader = "Upload-Metadata";
    public const string ChecksumHeader = "Upload-Checksum";
    public const string ExpiresHeader = "Upload-Expires";
    public const string ResumableHeader = "Tus-Resumable";
    public const string VersionHeader = "Tus-Version";
    public const string Extensions = "creation,termination,checksum,expiration";
    public const string ChecksumAlgorithms = "sha1,sha256";

    private const int LongestMetadata = 8 << 10;

    /// <summary>Names the version in the answer, and checks that of the request, which may leave it out.</summary>
    /// <exception cref="UploadRefusedException">It is another one.</exception>
    public static void Greet(HttpContext context)
    {
        context.Response.Headers[ResumableHeader] = Version;
        if (context.Request.Headers[ResumableHeader] is { Count: > 0 } wanted && wanted != Version)
        {
            context.Response.Headers[VersionHeader] = Version;
            throw new UploadRefusedException(
                StatusCodes.Status412PreconditionFailed, $"{ResumableHeader} '{wanted}' is not spoken here; accepted is {Version}.");
        }
    }

    /// <exception cref="UploadRefusedException">The header is missing or no count of bytes.</exception>
    public static long Number(HttpRequest request, string name) =>
        long.TryParse(request.Headers[name], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw UploadRefusedException.BadRequest($"The header {name} needs to be a count of bytes, such as 1048576; it is '{request.Headers[name]}'.");

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The pairs of a name and a value in base 64, separated by commas.</summary>
    /// <exception cref="UploadRefusedException">The header is too long or cannot be read.</exception>
    public static Dictionary<string, string> Metadata(HttpRequest request)
    {
        var header = request.Headers[MetadataHeader].ToString();
        if (header.Length > LongestMetadata)
        {
            throw UploadRefusedException.BadRequest($"The header {MetadataHeader} has more than {LongestMetadata} characters.");
        }
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var space = pair.IndexOf(' ', StringComparison.Ordinal);
            pairs[space < 0 ? pair : pair[..space]] = space < 0 ? "" : Decode(pair[(space + 1)..]);
        }
        return pairs;
    }

    /// <exception cref="UploadRefusedException">It is no base 64 of UTF-8.</exception>
    private static string Decode(string value)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(value));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw UploadRefusedException.BadRequest($"A value in the header {MetadataHeader} is not UTF-8 in base 64.");
        }
    }
}
