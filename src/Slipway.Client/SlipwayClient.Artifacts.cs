using System.Net;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Slipway.Client.Errors;
using Slipway.Client.Runs;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    private const int CopyBuffer = 256 * 1024;

    /// <summary>The files that a run has written into its output folder, attempt after attempt, by name.</summary>
    /// <param name="run">Its id.</param>
    /// <param name="kind">Only those of this <see cref="RunArtifact.Kind"/>.</param>
    /// <param name="tag">Only those with this tag.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<RunArtifact>> ListRunArtifactsAsync(
        string run, string? kind = null, string? tag = null, CancellationToken cancellationToken = default) => GetAsync(
        $"{RunPath(run)}/artifacts{Query.Of(("kind", kind), ("tag", tag))}", ClientJson.Wire.IReadOnlyListRunArtifact, null, cancellationToken);

    /// <summary>Adds 1 to 64 tags, of at most 128 characters each.</summary>
    public Task<RunArtifact> TagRunArtifactAsync(
        string run, string artifact, IReadOnlyList<string> tags, CancellationToken cancellationToken = default) => PostAsync(
        ArtifactPath(run, artifact) + "/tags", new TagsBody(tags), ClientJson.Wire.TagsBody, ClientJson.Wire.RunArtifact, cancellationToken);

    /// <summary>Takes a tag away.</summary>
    public Task<RunArtifact> UntagRunArtifactAsync(string run, string artifact, string tag, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Delete, $"{ArtifactPath(run, artifact)}/tags/{Segment(tag)}", null, ClientJson.Wire.RunArtifact, cancellationToken);

    /// <summary>
    /// Writes an artifact behind what <paramref name="destination"/> holds; goes on where a connection broke, and compares the hash
    /// where the artifact has one.
    /// </summary>
    /// <param name="artifact">As it was listed.</param>
    /// <param name="destination">Written from where it stands, flushed, and left open.</param>
    /// <param name="progress">Gets the bytes that have come.</param>
    /// <param name="cancellationToken">Breaks off; what has come stays.</param>
    /// <returns>The SHA-256 of the bytes, as 64 hexadecimal digits in lower case.</returns>
    /// <exception cref="SlipwayException">Refused; with 412, the file has changed meanwhile; without a status, it came as another one.</exception>
    public async Task<string> DownloadRunArtifactAsync(
        RunArtifact artifact, Stream destination, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        ArgumentNullException.ThrowIfNull(destination);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        return await CopyArtifactAsync(artifact, destination, 0, hash, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Fetches an artifact into a file. What has come lies in <c>FILE.part</c> until it is whole and its hash right, and the next
    /// call goes on from there, also in another process.
    /// </summary>
    /// <param name="artifact">As it was listed.</param>
    /// <param name="path">The file; replaced if it is there. Its folder must exist.</param>
    /// <param name="progress">Gets the bytes that have come.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    /// <returns>The SHA-256 of the file, as 64 hexadecimal digits in lower case.</returns>
    /// <exception cref="SlipwayException">As <see cref="DownloadRunArtifactAsync"/>; what came is thrown away when it was not the file.</exception>
    public async Task<string> DownloadRunArtifactToFileAsync(
        RunArtifact artifact, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        var part = path + ".part";
        try
        {
            var sha256 = await FetchAsync(artifact, part, progress, cancellationToken).ConfigureAwait(false);
            File.Move(part, path, overwrite: true);
            return sha256;
        }
        catch (SlipwayException exception) when (exception.Status is null or HttpStatusCode.PreconditionFailed)
        {
            File.Delete(part);
            throw;
        }
    }

    private static string ArtifactPath(string run, string artifact) => $"{RunPath(run)}/artifacts/{Segment(artifact)}";

    private async Task<string> FetchAsync(RunArtifact artifact, string part, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, CopyBuffer, useAsync: true);
        await using (file.ConfigureAwait(false))
        {
            // Without its hash nobody can say whether a beginning from before is one of this file.
            if (artifact.Sha256 is null || file.Length > artifact.Bytes)
            {
                file.SetLength(0);
            }
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[CopyBuffer];
            int read;
            while ((read = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(buffer, 0, read);
            }
            return await CopyArtifactAsync(artifact, file, file.Position, hash, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <param name="artifact">What.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="have">How many of its bytes are there; <paramref name="hash"/> has seen them.</param>
    /// <param name="hash">Of the whole file in the end.</param>
    /// <param name="progress">Gets the bytes that are there.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    private async Task<string> CopyArtifactAsync(
        RunArtifact artifact, Stream destination, long have, IncrementalHash hash, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var copy = new ArtifactCopy(artifact, destination, hash, progress) { Have = have };
        var tries = new Tries();
        var hasBegun = false;
        while (!copy.IsComplete)
        {
            var before = copy.Have;
            ExceptionDispatchInfo? broken = null;
            try
            {
                using var message = new HttpRequestMessage(
                    HttpMethod.Get, new Uri(ArtifactPath(artifact.RunId, artifact.Id) + "/content", UriKind.Relative));
                copy.Ask(message.Headers);
                using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
                    .ConfigureAwait(false);
                await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
                hasBegun = true;
                await copy.TakeAsync(response, Patience, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (hasBegun && !cancellationToken.IsCancellationRequested)
            {
                broken = ExceptionDispatchInfo.Capture(exception);
            }
            if (copy.Have > before)
            {
                tries.Succeed();
            }
            if (broken is not null && !await tries.AgainAsync(broken.SourceException, cancellationToken).ConfigureAwait(false))
            {
                broken.Throw();
            }
        }
        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        return copy.Finish();
    }
}
