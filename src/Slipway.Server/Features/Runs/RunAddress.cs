using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Slipway.Server.Features.Runs;

/// <summary>Where a run finds this server.</summary>
internal sealed class RunAddress(IServer server, IOptions<TrainingOptions> options)
{
    /// <summary>Null while the server listens nowhere.</summary>
    public string? ProgressUrl(string runId) => Root is { } root ? $"{root.TrimEnd('/')}/runs/{runId}/progress" : null;

    private string? Root => options.Value.PublicUrl
        ?? (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address ? Reachable(address) : null);

    // What listens on every address is called on this machine's own.
    private static string Reachable(string address) =>
        Uri.TryCreate(address.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var url)
        && IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? $"{url.Scheme}://127.0.0.1:{url.Port}"
            : address;
}
