using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Slipway.Client.Datasets;
using Slipway.Client.Errors;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    // Small enough for a proxy in between that holds a whole request, large enough to cost nothing.
    private const long UploadPiece = 256L << 20;

    /// <summary>Begins an upload that may break off and go on, also in another process (tus 1.0).</summary>
    /// <param name="dataset">Its id or name.</param>
    /// <param name="fileName">How the file is to be called; 1 to 1,024 characters.</param>
    /// <param name="length">In bytes, at least 1.</param>
    /// <param name="sha256">Of the whole file, as 64 hexadecimal digits; the server compares it at the end. May be null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SlipwayException">It is too large for the server's limit (413) or disk (507), or there is no such dataset (404).</exception>
    public async Task<ResumableUpload> BeginUploadAsync(
        string dataset, string fileName, long length, string? sha256 = null, CancellationToken cancellationToken = default)
    {
        using var message = Tus(HttpMethod.Post, $"{PathOf(dataset)}/uploads");
        message.Headers.Add("Upload-Length", length.ToString(CultureInfo.InvariantCulture));
        message.Headers.Add(
            "Upload-Metadata", $"filename {InBase64(fileName)}{(sha256 is null ? "" : $",sha256 {InBase64(sha256)}")}");
        using var response = await _http.SendAsync(message, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, ClientJson.Wire.ResumableUpload, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How many bytes of an upload are on the server's disk; null when it knows no such upload.</summary>
    public async Task<long?> GetUploadOffsetAsync(string uploadId, CancellationToken cancellationToken = default)
    {
        using var message = Tus(HttpMethod.Head, UploadPath(uploadId));
        using var response = await _http.SendAsync(message, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return null;
        }
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return NumberOf(response, "Upload-Offset") ?? throw ApiErrors.NotOurs(response, null);
    }

    /// <summary>
    /// Sends what the server does not have yet. A connection that breaks is made again, for about a minute while nothing goes through.
    /// </summary>
    /// <param name="uploadId">Of <see cref="BeginUploadAsync"/>.</param>
    /// <param name="content">The whole file from its beginning; must be able to seek, and is left open.</param>
    /// <param name="progress">Gets how many of its bytes have been sent.</param>
    /// <param name="cancellationToken">Breaks off; what has come stays with the server.</param>
    /// <exception cref="SlipwayException">It was refused, is unknown (404), or is not what its hash says (460).</exception>
    public async Task ContinueUploadAsync(
        string uploadId, Stream content, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var tries = new Tries();
        long? offset = null;
        while (offset != content.Length)
        {
            try
            {
                var known = offset ?? await GetUploadOffsetAsync(uploadId, cancellationToken).ConfigureAwait(false)
                    ?? throw new SlipwayException($"The server knows no upload '{uploadId}' any more.") { Status = HttpStatusCode.NotFound };
                progress?.Report(known);
                if (known > content.Length)
                {
                    throw new ArgumentException($"The upload '{uploadId}' has {known} bytes already, more than this file's {content.Length}.", nameof(content));
                }
                if (known < content.Length)
                {
                    known = await SendPieceAsync(uploadId, content, known, progress, cancellationToken).ConfigureAwait(false);
                    tries.Succeed();
                }
                offset = known;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is not ArgumentException)
            {
                // How much of it has come is the server's to say.
                offset = null;
                if (!await tries.AgainAsync(exception, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }
            }
        }
    }

    private async Task<long> SendPieceAsync(
        string uploadId, Stream content, long offset, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using var message = Tus(HttpMethod.Patch, UploadPath(uploadId));
        message.Headers.Add("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture));
        // A refusal comes before the bytes go, not as a connection that breaks under them.
        message.Headers.ExpectContinue = true;
        content.Position = offset;
        var piece = new PieceOfStream(content, Math.Min(UploadPiece, content.Length - offset), progress);
        message.Content = new StreamContent(piece, UploadBuffer);
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        message.Content.Headers.ContentLength = piece.Length;
        using var response = await _http.SendAsync(message, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return NumberOf(response, "Upload-Offset") ?? throw ApiErrors.NotOurs(response, null);
    }

    private static HttpRequestMessage Tus(HttpMethod method, string path)
    {
        var message = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        message.Headers.Add("Tus-Resumable", "1.0.0");
        return message;
    }

    private static string UploadPath(string uploadId) => $"v1/uploads/{Segment(uploadId)}";

    private static string InBase64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
