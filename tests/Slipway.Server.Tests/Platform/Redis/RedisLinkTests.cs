using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Slipway.Server.Platform.Redis;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Features.Gateway.Limits;

namespace Slipway.Server.Tests.Platform.Redis;

public sealed class RedisLinkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_redis_that_answers_but_runs_no_script_is_tried_more_and_more_seldom()
    {
        using var replica = new ReadOnlyRedis();
        using var log = new LogCapture();
        using var link = LinkTo(replica.Port, log);
        await link.StartAsync(Token);
        var watch = Stopwatch.StartNew();

        await Waiting.UntilAsync(log, async () =>
        {
            await link.RunAsync(new RedisScript("return 1"), ["k"], []);
            return watch.Elapsed > TimeSpan.FromSeconds(3);
        });
        await link.StopAsync(Token);

        Assert.InRange(replica.Connections, 2, 7);
    }

    [Fact]
    public async Task An_ordinary_stop_is_no_error()
    {
        using var redis = await RedisServer.StartAsync();
        using var log = new LogCapture();
        using var link = LinkTo(redis.Port, log);
        await link.StartAsync(Token);
        await Waiting.UntilAsync(log, () => Task.FromResult(link.IsUp));

        await link.StopAsync(Token);

        Assert.False(link.IsUp);
        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Error);
    }

    private static RedisLink LinkTo(int port, LogCapture log)
    {
        var factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        return new RedisLink(RedisAddress.Parse($"127.0.0.1:{port}"), TimeProvider.System, factory.CreateLogger<RedisLink>());
    }

    /// <summary>What a fail-over leaves behind: it greets, and refuses to write.</summary>
    private sealed class ReadOnlyRedis : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _connections;

        public ReadOnlyRedis()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Connections => Volatile.Read(ref _connections);

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _connections);
                    _ = ServeAsync(client);
                }
            }
            catch (Exception exception) when (exception is SocketException or InvalidOperationException)
            {
            }
        }

        private static async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                var buffer = new byte[4096];
                try
                {
                    while (await client.GetStream().ReadAsync(buffer) is > 0 and var read)
                    {
                        var isPing = Encoding.ASCII.GetString(buffer, 0, read).Contains("PING", StringComparison.Ordinal);
                        await client.GetStream().WriteAsync(isPing ? "+PONG\r\n"u8.ToArray() : "-READONLY You can't write against a read only replica.\r\n"u8.ToArray());
                    }
                }
                catch (IOException)
                {
                }
            }
        }
    }
}
