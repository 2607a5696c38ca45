using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Logs do not grow for ever, and their readers do not notice.</summary>
public sealed class LogRotationTests
{
    private const int Limit = 8192;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_is_moved_while_its_server_runs_and_streams_go_on()
    {
        await using var server = await DeploymentServer.StartAsync(null, $"--Deployments:LogBytes={Limit}");
        var info = await server.RunningAsync();
        var file = server.Services.GetRequiredService<DataFolder>().In(info.LogFile);
        using var stream = await server.Http.GetAsync(
            $"/deployments/{info.DeploymentId}/logs/stream?tail=0", HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Token));
        var last = 0L;
        var asked = 0;

        while (!File.Exists(file + ".1") || new FileInfo(file).Length is 0 or > Limit / 2)
        {
            // Each prints a line of its own.
            (await server.Http.GetAsync($"http://127.0.0.1:{info.Port}/none/{asked++}", Token)).Dispose();
        }
        (await server.Http.GetAsync($"http://127.0.0.1:{info.Port}/none/last", Token)).Dispose();
        var seen = new List<int>();
        while (await reader.ReadLineAsync(Token) is { } line && !line.Contains("/none/last", StringComparison.Ordinal))
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                var id = long.Parse(line[4..], CultureInfo.InvariantCulture);
                Assert.True(id > last, $"{id} after {last}");
                last = id;
            }
            else if (line.Split("/none/") is [_, var rest])
            {
                seen.Add(int.Parse(rest.Split(' ')[0], CultureInfo.InvariantCulture));
            }
        }
        var tail = await server.Http.GetStringAsync($"/deployments/{info.DeploymentId}/logs?tail=1000", Token);

        Assert.True(last > Limit, $"The stream ends at {last}.");
        Assert.Equal(seen.Distinct().Order(), seen);
        Assert.InRange(seen.Count, asked - 2, asked);
        Assert.Contains("/none/last", tail, StringComparison.Ordinal);
        Assert.True(tail.Length > new FileInfo(file).Length, "The older file is not told.");
        Assert.InRange(new FileInfo(file + ".1").Length, Limit / 2, 3 * Limit);
    }
}
