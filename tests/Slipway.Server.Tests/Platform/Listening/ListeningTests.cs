using System.Net;
using System.Net.Sockets;

namespace Slipway.Server.Tests.Platform.Listening;

public sealed class ListeningTests
{
    [Fact]
    public async Task A_port_that_is_taken_is_named_without_a_stack()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var errors = new StringWriter();

        var exitCode = await SlipwayServer.RunAsync(
            new ServerOptions { Ports = [port] }, [], errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains($"127.0.0.1:{port} is taken", errors.ToString(), StringComparison.Ordinal);
        Assert.Single(errors.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Every_port_serves_the_same()
    {
        await using var app = SlipwayServer.Build(new ServerOptions { Ports = [FreePort(), FreePort()] });
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();

        var answers = await Task.WhenAll(app.Urls.Select(url => http.GetStringAsync($"{url}/ping", TestContext.Current.CancellationToken)));

        Assert.Equal(2, answers.Length);
        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task Classic_ports_are_listened_on_beside_the_given_ones()
    {
        int[] classic = [.. ServerOptions.ClassicPortList];
        Assert.SkipUnless(classic.All(IsFree), "A classic port is in use on this machine.");
        var own = FreePort();
        await using var app = SlipwayServer.Build(new ServerOptions { Ports = [own], ClassicPorts = true });

        await app.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal([.. classic.Append(own).Order()], app.Urls.Select(url => new Uri(url).Port).Order());
    }

    [Theory]
    [InlineData("no.such.host.invalid", 8000, "no.such.host.invalid")]
    [InlineData("127.0.0.1", 65536, "65536")]
    [InlineData("127.0.0.1", -1, "-1")]
    public async Task An_address_that_cannot_be_is_named(string host, int port, string named)
    {
        using var errors = new StringWriter();

        var exitCode = await SlipwayServer.RunAsync(
            new ServerOptions { Host = host, Ports = [port] }, [], errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains(named, errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_refused_in_words()
    {
        using var errors = new StringWriter();

        var exitCode = await SlipwayServer.RunAsync(
            new ServerOptions { Host = "192.0.2.1", Ports = [FreePort()] }, [], errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains("--host", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_told_to_stop_ends_well()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var errors = new StringWriter();
        var run = SlipwayServer.RunAsync(new ServerOptions { Ports = [0] }, [], errors, stop.Token);

        await stop.CancelAsync();

        Assert.Equal(0, await run);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
