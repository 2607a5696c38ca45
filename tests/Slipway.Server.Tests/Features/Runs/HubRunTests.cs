using Slipway.Server.Tests.Platform.Hub;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>Trainings of models that a hub knows: what was pulled is begun with, nothing is pulled because of a request.</summary>
public sealed class HubRunTests
{
    [Fact]
    public async Task A_model_that_was_not_pulled_is_refused_with_the_remedy()
    {
        await using var site = await HubSite.StartAsync();
        await using var server = await TrainingServer.StartAsync("true", $"--SLIPWAY_DATA={site.Data.Path}");

        var (status, text) = await server.SendAsync(
            HttpMethod.Post, "/projects/demo/runs",
            new { executor = "builtin", parameters = new Dictionary<string, string> { ["model_name_or_path"] = HubStandIn.Repository } });

        Assert.Equal(400, status);
        Assert.Contains($"slipway pull {HubStandIn.Repository}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_pulled_is_given_to_the_trainer_by_its_path()
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library();
        var model = await HubSite.PullAsync(library);
        await using var server = await TrainingServer.StartAsync("true", $"--SLIPWAY_DATA={site.Data.Path}", "--Training:BuiltinProgram:0=echo");

        var started = await server.StartRunAsync(
            new { executor = "builtin", parameters = new Dictionary<string, string> { ["model_name_or_path"] = HubStandIn.Repository } });
        await server.EndOfAsync(started.Id);

        var printed = string.Join(' ', await server.OutputAsync(started.Id));
        Assert.Contains($"model_name_or_path={model.Path}", printed, StringComparison.Ordinal);
    }
}
