using System.Diagnostics;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Metrics;

/// <summary>What Prometheus's own tool says of our figures.</summary>
public sealed class PromtoolTests
{
    private static readonly string? Promtool = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);

    [Fact]
    public async Task It_finds_nothing_in_the_figures_of_a_gateway()
    {
        await using var upstream = new RawUpstream(exchange => exchange.Number == 1
            ? exchange.SendJsonAsync("{}", 500)
            : exchange.SendJsonAsync(RawUpstream.Whole));
        await using var server = await GatewayServer.StartAsync(upstream, """--Gateway:Routes:m:Aliases:0=odd "name"\with/signs é""");
        await server.CallAsync(GatewayServer.Chat);
        await server.CallAsync(GatewayServer.Chat.Replace("\"m\"", """ "odd \"name\"\\with/signs é" """, StringComparison.Ordinal));

        var (exitCode, said) = await CheckAsync(server);

        Assert.Equal((0, ""), (exitCode, said));
    }

    /// <summary>vLLM's names have a colon, of which the tool thinks that it belongs to recording rules.</summary>
    [Fact]
    public async Task It_finds_only_vLLMs_colons_in_the_figures_of_an_engine()
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);

        var (_, said) = await CheckAsync(server);

        Assert.All(
            said.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(@"^vllm:\w+ metric names should not contain ':'$", line));
    }

    private static async Task<(int ExitCode, string Said)> CheckAsync(RunningServer server)
    {
        Requirement.Check(Promtool is not null, "promtool is not on the PATH (Debian: package prometheus).");
        var text = await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        using var process = Process.Start(new ProcessStartInfo(Promtool!, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await said + errors);
    }
}
