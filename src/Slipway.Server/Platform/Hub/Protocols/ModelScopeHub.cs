using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>
/// ModelScope's protocol: one list for a revision, each file with its SHA-256. It names no commit for the whole, so what the list
/// says stands for it; a file that changes between the list and its coming is told by its digest.
/// </summary>
internal sealed class ModelScopeHub(HubHttp http, HubRetry retry) : IHub
{
    private const int Success = 200;

    public HubEndpoint Endpoint => http.Endpoint;

    public string UsualRevision => "master";

    public async Task<HubListing> ListAsync(HubName name, string revision, CancellationToken cancellationToken)
    {
        var url = Endpoint.At($"/api/v1/models/{name.Repository}/repo/files?Revision={Uri.EscapeDataString(revision)}&Recursive=true");
        var (bytes, _) = await retry.RunAsync(
            () => http.GetDocumentAsync(new HubRequest(url, name, "the list of files"), cancellationToken), cancellationToken);
        var json = new HubJson(Endpoint);
        using var document = json.Parse(bytes);
        var data = DataOf(json, name, document.RootElement);
        // A revision that is not there is answered with a list that is not there.
        if (HubJson.Member(data, "Files") is not { ValueKind: JsonValueKind.Array } files || files.GetArrayLength() == 0)
        {
            throw new HubException($"'{name.Repository}' has no files at {Endpoint.Host} in revision '{revision}'; name a branch or a tag of it.")
            {
                Fault = HubFault.NotFound,
            };
        }
        foreach (var entry in files.EnumerateArray().Where(entry => HubJson.Text(entry, "Type") != "tree"))
        {
            json.Add(HubJson.Text(entry, "Path"), HubJson.Whole(entry, "Size"), HubJson.Text(entry, "Sha256"), gitId: null);
        }
        return new HubListing(CommitOf(json.Files), json.Files);
    }

    public Uri AddressOf(HubName name, string revision, HubListing listing, RemoteFile file) => Endpoint.At(
        $"/api/v1/models/{name.Repository}/repo?Revision={Uri.EscapeDataString(revision)}&FilePath={Uri.EscapeDataString(file.Path)}");

    /// <exception cref="HubException">The answer says no, or is none.</exception>
    private JsonElement DataOf(HubJson json, HubName name, JsonElement answer)
    {
        if (HubJson.Whole(answer, "Code") is { } code && code != Success)
        {
            throw HubRefusal.NoRepository(Endpoint, name);
        }
        return HubJson.Member(answer, "Data") is { ValueKind: JsonValueKind.Object } data ? data : throw json.Malformed();
    }

    private static string CommitOf(IReadOnlyList<RemoteFile> files)
    {
        var text = string.Join('\n', files.Select(file => $"{file.Path}\t{file.Size}\t{file.Sha256}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..40];
    }
}
