using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Platform.Settings;

public sealed class SettingsFileTests : IDisposable
{
    private const string NoJson = "{ \"Gateway\": ";

    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_route_is_there_soon_after_the_file_names_it()
    {
        Write(Route("one"));
        await using var server = await StartAsync();
        var routes = server.Services.GetRequiredService<RouteTable>();
        var before = routes.Configured.Keys;

        await ChangeAsync(server, Route("two"));

        Assert.Equal(["one"], before);
        Assert.True(await ChatCalls.ComesTrueAsync(() => routes.Configured.ContainsKey("two")));
        Assert.DoesNotContain("one", routes.Configured.Keys);
    }

    [Fact]
    public async Task A_change_that_is_no_JSON_is_told_and_leaves_everything_as_it_was()
    {
        Write(Route("one"));
        await using var server = await StartAsync();

        await ChangeAsync(server, NoJson);

        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Log.Lines.Any(line => line.EventId == 1041)));
        Assert.Equal(["one"], server.Services.GetRequiredService<RouteTable>().Configured.Keys);
    }

    [Fact]
    public async Task A_file_that_is_no_JSON_stops_the_start_with_its_name_and_the_line()
    {
        Write(NoJson);
        using var errors = new StringWriter();

        var code = await SlipwayServer.RunAsync(
            new ServerOptions { Ports = [0] }, [$"--contentRoot={_folder}"], errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Matches("appsettings.json.*LineNumber", errors.ToString());
    }

    private static string Route(string name) =>
        "{\"Gateway\": {\"Routes\": {\"" + name + "\": {\"Upstreams\": [{\"Kind\": \"engine\"}]}}}}";

    /// <summary>Ends as soon as the server begins to follow.</summary>
    private async Task ChangeAsync(RunningServer server, string text)
    {
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = server.Services.GetRequiredService<IConfiguration>().GetReloadToken()
            .RegisterChangeCallback(_ => noticed.TrySetResult(), null);

        Write(text);

        await noticed.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(args: [$"--contentRoot={_folder}"]);

    private void Write(string text) => File.WriteAllText(Path.Combine(_folder, "appsettings.json"), text);
}
