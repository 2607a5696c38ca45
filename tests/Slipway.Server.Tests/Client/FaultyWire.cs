using System.Net;
using System.Net.Sockets;

namespace Slipway.Server.Tests.Client;

/// <summary>A wire to a server that can be cut or held while bytes go through it.</summary>
internal sealed class FaultyWire : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _target;
    private long _upLeft = long.MaxValue;
    private long _downLeft = long.MaxValue;

    public FaultyWire(string target)
    {
        _target = new Uri(target);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>How often it was cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>Whether a fault holds the bytes instead of cutting the connection.</summary>
    public bool Holds { get; init; }

    /// <summary>Set when it holds.</summary>
    public TaskCompletionSource Held { get; } = new();

    /// <summary>Once, after so many bytes to the server.</summary>
    public void FailAfterUp(long bytes) => Interlocked.Exchange(ref _upLeft, bytes);

    /// <summary>Once, after so many bytes from the server.</summary>
    public void FailAfterDown(long bytes) => Interlocked.Exchange(ref _downLeft, bytes);

    public void Dispose()
    {
        // Not disposed of: whoever still holds a connection looks at it.
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient near)
    {
        using (near)
        using (var far = new TcpClient())
        {
            try
            {
                await far.ConnectAsync(_target.Host, _target.Port, _end.Token);
                await Task.WhenAny(PumpAsync(near, far, isUp: true), PumpAsync(far, near, isUp: false));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One of the two has gone; so does the other.
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isUp)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.GetStream().ReadAsync(buffer, _end.Token)) > 0)
        {
            if (Spend(isUp, read))
            {
                if (Holds)
                {
                    Held.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, _end.Token);
                }
                Cuts++;
                return;
            }
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }

    // Only one connection pays for a fault.
    private bool Spend(bool isUp, int bytes)
    {
        ref var left = ref isUp ? ref _upLeft : ref _downLeft;
        if (Interlocked.Read(ref left) == long.MaxValue)
        {
            return false;
        }
        if (Interlocked.Add(ref left, -bytes) >= 0)
        {
            return false;
        }
        Interlocked.Exchange(ref left, long.MaxValue);
        return true;
    }
}
