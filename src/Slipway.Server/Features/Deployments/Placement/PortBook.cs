using System.Net;
using System.Net.Sockets;

namespace Slipway.Server.Features.Deployments.Placement;

/// <summary>Which ports model servers have. A port is free when it can be bound: who only connects misses those that are bound and silent.</summary>
internal sealed class PortBook(IOptions<DeploymentOptions> options)
{
    private readonly HashSet<int> _taken = [];
    private readonly Lock _gate = new();

    /// <summary>A free port, kept until <see cref="Release"/>; null when all are taken.</summary>
    /// <param name="not">One that has just been found to be somebody else's.</param>
    public int? TryTake(int? not)
    {
        lock (_gate)
        {
            for (var port = options.Value.FirstPort; port <= options.Value.LastPort; port++)
            {
                if (port != not && !_taken.Contains(port) && IsFree(port))
                {
                    _taken.Add(port);
                    return port;
                }
            }
            return null;
        }
    }

    /// <summary>Whether it can be bound at this moment.</summary>
    public bool IsFree(int port)
    {
        try
        {
            using var socket = new TcpListener(IPAddress.Parse(options.Value.Host), port);
            socket.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Notes the port of a server that was there before us.</summary>
    public void Keep(int port)
    {
        lock (_gate)
        {
            _taken.Add(port);
        }
    }

    public void Release(int port)
    {
        lock (_gate)
        {
            _taken.Remove(port);
        }
    }
}
