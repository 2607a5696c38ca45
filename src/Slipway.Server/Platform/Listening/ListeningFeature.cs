using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Platform.Listening;

/// <summary>On which addresses and ports the server listens, and plain words for what can go wrong with them.</summary>
internal static partial class ListeningFeature
{
    private const long LargestBody = 16L << 20;

    public static void AddListeners(this WebApplicationBuilder builder, ServerOptions options)
    {
        var addresses = AddressesOf(options.Host);
        var ports = PortsOf(options);
        if (!DatabaseAddress.NamesMySql(builder.Configuration))
        {
            EventThreads.HandleEventsInPlace();
        }

        Memory.MiddleGeneration.Watch();
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Services.AddLongTransfers();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            foreach (var port in ports)
            {
                foreach (var address in addresses)
                {
                    kestrel.Listen(address, port);
                }
            }
        });
    }

    /// <exception cref="ServerStartException">A port is taken, not ours to use, or an option does not validate.</exception>
    public static async Task StartServerAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
            LogListening(app.Logger, string.Join(", ", app.Urls), $"{app.Urls.First()}/", $"{app.Urls.First()}/docs");
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            throw new ServerStartException(
                $"{AddressIn(exception)} is taken by another process. Stop that one, or choose another port with --port.", exception);
        }
        catch (SocketException exception)
        {
            throw new ServerStartException(
                $"The server cannot listen as told by --host and --port: {exception.Message}.", exception);
        }
        catch (OptionsValidationException exception)
        {
            throw ServerStartException.Of(exception);
        }
    }

    private static IPAddress[] AddressesOf(string host)
    {
        if (host is "*" or "+")
        {
            return [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [IPAddress.Loopback];
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            throw new ServerStartException(
                $"The host '{host}' is unknown; give an address of this machine, 'localhost', or '*' for every address.", exception);
        }
    }

    private static List<int> PortsOf(ServerOptions options)
    {
        var ports = options.ClassicPorts ? options.Ports.Concat(ServerOptions.ClassicPortList) : options.Ports;
        var distinct = ports.Where(port => port != 0).Distinct().Concat(options.Ports.Where(port => port == 0)).ToList();
        var wrong = distinct.Where(port => port is < 0 or > 65535).ToList();
        return wrong.Count > 0 ? throw new ServerStartException($"Port {wrong[0]} is not a TCP port; accepted is 0 to 65535.")
            : distinct.Count == 0 ? throw new ServerStartException("No port is given to listen on.")
            : distinct;
    }

    // "Failed to bind to address http://127.0.0.1:8000: address already in use." is the only place that tells which one.
    private static string AddressIn(IOException exception)
    {
        var words = exception.Message.Split(' ');
        return Array.Find(words, word => word.Contains("://", StringComparison.Ordinal))?.TrimEnd(':', '.') ?? "A port";
    }

    [LoggerMessage(1021, LogLevel.Information, "Slipway listens on {Addresses}; a page to try it on is at {Page}, what it answers at {Documents}")]
    private static partial void LogListening(ILogger logger, string addresses, string page, string documents);
}
