using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Slipway.Client.Runs;

namespace Slipway.Client.Sending;

/// <summary>An artifact on its way, over as many connections as it takes.</summary>
internal sealed class ArtifactCopy(RunArtifact artifact, Stream destination, IncrementalHash hash, IProgress<long>? progress)
{
    private const int BufferBytes = 256 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private long? _length;
    private EntityTagHeaderValue? _tag = artifact.Sha256 is { } sha256 ? new EntityTagHeaderValue($"\"{sha256}\"") : null;
    private DateTimeOffset? _changedAt;

    /// <summary>How many bytes are there.</summary>
    public required long Have { get; set; }

    // What the list says of its length holds only as long as the hash does.
    public bool IsComplete => Have == (_length ?? (artifact.Sha256 is null ? -1 : artifact.Bytes));

    /// <summary>Asks for what is not there yet, of the very same file.</summary>
    public void Ask(HttpRequestHeaders headers)
    {
        if (Have > 0)
        {
            headers.Range = new RangeHeaderValue(Have, null);
        }
        if (_tag is { IsWeak: false } tag)
        {
            headers.IfMatch.Add(tag);
        }
        else if (_changedAt is { } time)
        {
            headers.IfUnmodifiedSince = time;
        }
    }

    public async Task TakeAsync(HttpResponseMessage response, TimeSpan patience, CancellationToken cancellationToken)
    {
        var content = response.Content;
        var begin = response.StatusCode == HttpStatusCode.PartialContent ? content.Headers.ContentRange?.From : 0;
        if (begin != Have)
        {
            throw new SlipwayException(string.Create(
                CultureInfo.InvariantCulture, $"The server was asked for '{artifact.Name}' from byte {Have} on, and sends it from {begin ?? 0}."));
        }
        _length ??= begin + content.Headers.ContentLength;
        _tag ??= response.Headers.ETag;
        _changedAt ??= content.Headers.LastModified;
        var body = new PatientStream(await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), patience);
        await using (body.ConfigureAwait(false))
        {
            int read;
            while ((read = await body.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await destination.WriteAsync(_buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                hash.AppendData(_buffer, 0, read);
                Have += read;
                progress?.Report(Have);
            }
        }
        // An answer that does not say how long it is ends where it ends.
        _length ??= Have;
    }

    /// <summary>The hash of what has come.</summary>
    /// <exception cref="SlipwayException">It is not the artifact's.</exception>
    public string Finish()
    {
        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        return artifact.Sha256 is null || artifact.Sha256 == sha256
            ? sha256
            : throw new SlipwayException($"'{artifact.Name}' came with the SHA-256 {sha256}, but has {artifact.Sha256}: it was damaged on the way.");
    }
}
