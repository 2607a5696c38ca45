using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Features.Gateway.Limits;

/// <summary>A real Redis on a port of its own, without files.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    private readonly string? _password;
    private Process _process;

    private RedisServer(int port, string? password)
    {
        Port = port;
        _password = password;
        _process = Start();
    }

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port}" + (_password is null ? "" : $",password={_password}");

    public static async Task<RedisServer> StartAsync(string? password = null)
    {
        Requirement.Check(Program is not null, "redis-server is not installed.");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var server = new RedisServer(port, password);
        await server.ListensAsync();
        return server;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Lets it hang: it takes connections and commands and answers nothing.</summary>
    public void Signal(string signal)
    {
        using var kill = Signals.Send(_process, signal);
        kill.WaitForExit();
    }

    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = Start();
        await ListensAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }
        _process.Dispose();
    }

    private Process Start() => Process.Start(new ProcessStartInfo(Program!,
    [
        "--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning",
        .. _password is null ? Array.Empty<string>() : ["--requirepass", _password],
    ])
    { RedirectStandardOutput = true })!;

    private async Task ListensAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }
    }
}
