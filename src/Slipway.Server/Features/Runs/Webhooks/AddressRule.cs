using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>
/// Which addresses belong to the public internet. Everything else (this machine, its networks, the services that hand
/// out credentials inside a cloud) must not be reached by whoever can only write a URL.
/// </summary>
internal static class AddressRule
{
    // The registries of special-purpose addresses, and two that clouds answer on from addresses of their own.
    private static readonly IPNetwork[] NotPublic4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    // Of the global ones: protocols' own (Teredo among them), examples, and 6to4, which stands for IPv4 addresses.
    private static readonly IPNetwork[] NotPublic6 =
        [IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("3fff::/20")];

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return IsPublic(address.MapToIPv4());
        }
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !NotPublic4.Any(network => network.Contains(address));
        }
        // A gateway would turn it into the IPv4 address of its last four bytes.
        return Nat64.Contains(address)
            ? IsPublic(new IPAddress(address.GetAddressBytes().AsSpan(12)))
            : address.AddressFamily == AddressFamily.InterNetworkV6 && Global6.Contains(address) && !NotPublic6.Any(network => network.Contains(address));
    }

    /// <summary>Whether the host is written as an address, in any of the ways that a URL may write one.</summary>
    public static bool TryParse(Uri url, [NotNullWhen(true)] out IPAddress? address) => IPAddress.TryParse(url.DnsSafeHost, out address);
}
