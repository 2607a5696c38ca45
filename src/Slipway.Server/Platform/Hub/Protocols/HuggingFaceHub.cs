using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>
/// Hugging Face's protocol, which mirrors speak too: a revision becomes a commit, the commit's tree comes in pages, and files are
/// asked for by that commit, so that all are of one moment.
/// </summary>
internal sealed partial class HuggingFaceHub(HubHttp http, HubRetry retry) : IHub
{
    private const int MostPages = 100;

    public HubEndpoint Endpoint => http.Endpoint;

    public string UsualRevision => "main";

    public async Task<HubListing> ListAsync(HubName name, string revision, CancellationToken cancellationToken)
    {
        var json = new HubJson(Endpoint);
        var commit = await CommitAsync(json, name, revision, cancellationToken);
        var page = Endpoint.At($"/api/models/{name.Repository}/tree/{commit}?recursive=true");
        for (var pages = 1; page is not null; pages++)
        {
            if (pages > MostPages)
            {
                throw new HubException($"{Endpoint.Host} lists '{name.Repository}' in more than {MostPages} pages.");
            }
            page = await ReadPageAsync(json, name, page, cancellationToken);
        }
        return json.Files.Count > 0 ? new HubListing(commit, json.Files)
            : throw new HubException($"'{name}' has no files at {Endpoint.Host}.") { Fault = HubFault.NotFound };
    }

    public Uri AddressOf(HubName name, string revision, HubListing listing, RemoteFile file) =>
        Endpoint.At($"/{name.Repository}/resolve/{listing.Commit}/{RemotePath.Encoded(file.Path)}");

    private async Task<string> CommitAsync(HubJson json, HubName name, string revision, CancellationToken cancellationToken)
    {
        // A revision such as refs/pr/1 is one step of the path.
        var url = Endpoint.At($"/api/models/{name.Repository}/revision/{Uri.EscapeDataString(revision)}");
        var (bytes, _) = await AskAsync(name, url, cancellationToken);
        using var document = json.Parse(bytes);
        return json.Commit(HubJson.Text(document.RootElement, "sha"));
    }

    /// <returns>Where the next page is; null after the last.</returns>
    private async Task<Uri?> ReadPageAsync(HubJson json, HubName name, Uri page, CancellationToken cancellationToken)
    {
        var (bytes, headers) = await AskAsync(name, page, cancellationToken);
        using var document = json.Parse(bytes);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw json.Malformed();
        }
        foreach (var entry in document.RootElement.EnumerateArray().Where(entry => HubJson.Text(entry, "type") == "file"))
        {
            // What git keeps has git's own digest; what is too large for it has the pointer's, which says nothing.
            var large = HubJson.Member(entry, "lfs") is { ValueKind: JsonValueKind.Object } found ? found : (JsonElement?)null;
            json.Add(
                HubJson.Text(entry, "path"), large is { } lfs ? HubJson.Whole(lfs, "size") : HubJson.Whole(entry, "size"),
                large is { } kept ? HubJson.Text(kept, "oid") : null, large is null ? HubJson.Text(entry, "oid") : null);
        }
        return headers.TryGetValues("Link", out var links) ? NextOf(page, string.Join(',', links)) : null;
    }

    private Uri? NextOf(Uri page, string links)
    {
        if (NextLink().Match(links) is not { Success: true } match)
        {
            return null;
        }
        return Uri.TryCreate(page, match.Groups[1].Value, out var next) && Endpoint.IsOrigin(next) ? next
            : throw new HubException($"{Endpoint.Host} has the next page of its list elsewhere; only its own are read.");
    }

    private Task<(byte[] Bytes, System.Net.Http.Headers.HttpResponseHeaders Headers)> AskAsync(HubName name, Uri url, CancellationToken cancellationToken) =>
        retry.RunAsync(() => http.GetDocumentAsync(new HubRequest(url, name, "the list of files"), cancellationToken), cancellationToken);

    [GeneratedRegex(@"<([^<>]{1,4096})>\s*;\s*rel=""?next""?")]
    private static partial Regex NextLink();
}
