using System.Net;
using System.Net.Http.Json;
using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Platform.Database;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>The same runs, states and logs whatever database keeps them.</summary>
public sealed class EachDatabaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task Runs_end_are_listed_and_tell_their_log_the_same(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var server = await TrainingServer.StartAsync("""
            echo "run with code $CODE"
            echo "{'loss': 0.25, 'epoch': 1.0}"
            echo "x" > "$SLIPWAY_OUTPUT_DIR/model.gguf"
            exit "$CODE"
            """, [.. site.Choice.Select(setting => $"--{setting.Name}={setting.Value}")]);

        var good = await server.StartRunAsync(new { env = new Dictionary<string, string> { ["CODE"] = "0" }, priority = 5 });
        var bad = await server.StartRunAsync(new { env = new Dictionary<string, string> { ["CODE"] = "7" } });
        var (goodEnd, badEnd) = (await server.EndOfAsync(good.Id), await server.EndOfAsync(bad.Id));
        var failed = await server.GetAsync<List<RunDetail>>("/projects/demo/runs?status=failed");
        var all = await server.GetAsync<List<RunDetail>>("/runs?limit=10");
        var project = await server.GetAsync<ProjectDetail>("/projects/demo");
        var log = await server.LogsAsync(bad.Id);

        Assert.Equal((RunStatuses.Succeeded, 0.25, 1L), (goodEnd.Status, goodEnd.Metrics["loss"], goodEnd.ArtifactsCount));
        Assert.Equal((RunStatuses.Failed, 7), (badEnd.Status, badEnd.ExitCode));
        Assert.Equal([bad.Id], failed.Select(run => run.Id));
        Assert.Equal([bad.Id, good.Id], all.Select(run => run.Id));
        Assert.Equal(2, project.RunsCount);
        Assert.Equal(
            ["queued for local", "starting with local", "running as process", "run with code 7", "{'loss': 0.25, 'epoch': 1.0}", "failed with exit code 7"],
            log.Select(line => line.Text).Select(text => text.StartsWith("running", StringComparison.Ordinal) ? "running as process" : text.Split(':')[0] is ['f', ..] short7 ? short7 : text));
        Assert.Equal(Enumerable.Range(1, log.Count).Select(number => (long)number), log.Select(line => line.Line));
    }

    [Theory, MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task Retries_tags_series_and_removals_work_the_same(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var server = await TrainingServer.StartAsync("""
            echo "{'loss': $SLIPWAY_ATTEMPT.5, 'epoch': 1.0}"
            echo "x" > "$SLIPWAY_OUTPUT_DIR/model.gguf"
            [ "$SLIPWAY_ATTEMPT" = 2 ]
            """, [.. site.Choice.Select(setting => $"--{setting.Name}={setting.Value}")]);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        (await server.Http.PostAsync($"/runs/{run.Id}/retry", null, Token)).Dispose();
        var second = await server.UntilAsync(run.Id, one => one is { Attempt: 2, Status: RunStatuses.Succeeded });
        var series = await server.GetAsync<List<RunMetricPoint>>($"/runs/{run.Id}/metrics?name=loss");
        var artifact = (await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts"))[^1];
        using var tagged = await server.Http.PostAsync(
            $"/runs/{run.Id}/artifacts/{artifact.Id}/tags", new StringContent("""{"tags":["best","best"]}""", null, "application/json"), Token);
        var tags = (await TrainingServer.ReadAsync<RunArtifact>(tagged)).Tags;
        using var untagged = await server.Http.DeleteAsync($"/runs/{run.Id}/artifacts/{artifact.Id}/tags/best", Token);
        using var removed = await server.Http.DeleteAsync("/projects/demo", Token);
        using var gone = await server.Http.GetAsync($"/runs/{run.Id}", Token);

        Assert.Equal(2.5, second.Metrics["loss"]);
        Assert.Equal([(1, 1.5), (2, 2.5)], series.Select(point => (point.Attempt, point.Value!.Value)));
        Assert.Equal((2, "best"), (artifact.Attempt, Assert.Single(tags)));
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.NotFound), (untagged.StatusCode, removed.StatusCode, gone.StatusCode));
    }

    [Theory, MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task Of_many_who_want_a_name_at_once_one_gets_it_and_the_others_are_told(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var server = await TrainingServer.StartAsync("true", [.. site.Choice.Select(setting => $"--{setting.Name}={setting.Value}")]);
        string[] places = [.. Enumerable.Range(0, 8).Select(place => $"/projects/project-{place}")];
        foreach (var place in places)
        {
            (await server.Http.PostAsync("/projects", Body(Path.GetFileName(place)), Token)).EnsureSuccessStatusCode().Dispose();
        }

        var answers = await Task.WhenAll(places.Select(place => server.Http.PatchAsync(place, Body("wanted"), Token)));
        using var taken = await server.Http.PatchAsync("/projects/demo", Body("wanted"), Token);
        var names = (await server.GetAsync<List<ProjectDetail>>("/projects")).Select(project => project.Name);

        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);
        Assert.Equal(9, names.Distinct().Count());

        static JsonContent Body(string name) => JsonContent.Create(new { name, dataset_name = "none", training_yaml_name = "none" });
    }
}
