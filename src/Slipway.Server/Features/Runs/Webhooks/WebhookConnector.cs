using System.Net;
using System.Net.Sockets;

namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>
/// Makes the connection of one delivery. The addresses that were looked at are those that are connected to: a name that is
/// looked up twice may have changed in between.
/// </summary>
/// <param name="allowsPrivate">Lets every address be.</param>
internal sealed class WebhookConnector(bool allowsPrivate)
{
    /// <exception cref="WebhookException">An address is not allowed.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, cancellationToken);
        if (addresses.Length == 0)
        {
            throw new WebhookException("the name has no address");
        }
        if (!allowsPrivate && addresses.Any(address => !AddressRule.IsPublic(address)))
        {
            // One is enough: whoever lists a private address beside a public one means it to be found.
            throw new WebhookException("the name leads to an address of this machine or of a private network, which AllowPrivate does not allow");
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host, out var address) ? [address] : await Dns.GetHostAddressesAsync(host, cancellationToken);
}

/// <summary>A delivery that was not made; the message says why, without the address.</summary>
internal sealed class WebhookException(string message) : Exception(message);
