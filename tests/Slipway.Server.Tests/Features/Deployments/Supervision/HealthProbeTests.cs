using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Tests.Features.Deployments.Engines;

namespace Slipway.Server.Tests.Features.Deployments.Supervision;

/// <summary>Whatever listens on a server's port may answer whatever it likes.</summary>
public sealed class HealthProbeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=moon\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\nok")]
    public async Task A_strange_answer_is_no_health_and_is_told_in_words(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, answer);
        using var probe = new HealthProbe(Options.Create(new DeploymentOptions()));

        var health = await probe.AskAsync(EngineBench.Engine("vllm"), ((IPEndPoint)listener.LocalEndpoint).Port, "/health", Token);
        listener.Stop();
        await serving;

        Assert.False(health.IsWell);
        Assert.Null(health.Figures);
        Assert.StartsWith("/health", health.Words, StringComparison.Ordinal);
    }

    private static async Task ServeAsync(TcpListener listener, string answer)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(Token);
                var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[4096], Token);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or InvalidOperationException or IOException)
        {
            // Nobody asks any more.
        }
    }
}
