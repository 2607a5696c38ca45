using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class ProgressTests
{
    private const string Gated = "while [ ! -f open ]; do sleep 0.05; done";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_tells_its_own_progress_with_the_token_that_it_has()
    {
        Requirement.CheckProgram("curl");
        await using var server = await TrainingServer.StartAsync("""
            curl -sf -H "Authorization: Bearer $SLIPWAY_RUN_TOKEN" -H 'Content-Type: application/json' \
                -d '{"step": 5, "total_steps": 20, "metrics": {"loss": 0.5}}' "$SLIPWAY_PROGRESS_URL" >/dev/null || exit 3
            while [ ! -f open ]; do sleep 0.05; done
            """);
        await MakeKeyAsync(server);

        var run = await server.StartRunAsync();
        var told = await server.UntilAsync(run.Id, one => one.Step == 5 || RunStatuses.IsFinal(one.Status));
        server.Open("open");
        var ended = await server.EndOfAsync(run.Id);

        Assert.Equal((RunStatuses.Running, 0.25, 0.5), (told.Status, told.Progress, told.Metrics["loss"]));
        Assert.Equal(RunStatuses.Succeeded, ended.Status);
    }

    [Fact]
    public async Task The_token_of_a_run_opens_nothing_else()
    {
        await using var server = await TrainingServer.StartAsync(Gated);
        await MakeKeyAsync(server);
        var (one, other) = (await server.StartRunAsync(), await server.StartRunAsync());
        await server.RunningAsync(one.Id);
        await server.RunningAsync(other.Id);
        var token = RunToken.Of(server.Runs, one.Id);
        server.Http.DefaultRequestHeaders.Authorization = null;

        var own = await server.SendAsync(HttpMethod.Post, $"/runs/{one.Id}/progress", new { progress = 0.5 }, token);
        var others = await server.SendAsync(HttpMethod.Post, $"/runs/{other.Id}/progress", new { progress = 0.5 }, token);
        var none = await server.SendAsync(HttpMethod.Post, $"/runs/{one.Id}/progress", new { progress = 0.5 });
        var wrong = await server.SendAsync(HttpMethod.Post, $"/runs/{one.Id}/progress", new { progress = 0.5 }, "0");
        var cancel = await server.SendAsync(HttpMethod.Post, $"/runs/{one.Id}/cancel", null, token);
        var read = await server.SendAsync(HttpMethod.Get, $"/runs/{one.Id}", null, token);
        server.Open("open");

        Assert.Equal((200, 401, 401, 401, 401, 401), (own.Status, others.Status, none.Status, wrong.Status, cancel.Status, read.Status));
    }

    [Theory]
    [InlineData("GET", "/projects")]
    [InlineData("POST", "/projects")]
    [InlineData("GET", "/runs")]
    [InlineData("GET", "/runs/x/logs/stream")]
    [InlineData("GET", "/runs/x/artifacts/y/content")]
    [InlineData("POST", "/projects/demo/runs")]
    [InlineData("DELETE", "/runs/x")]
    public async Task Everything_asks_for_a_key_when_there_are_keys(string method, string path)
    {
        await using var server = await TrainingServer.StartAsync("true");
        await MakeKeyAsync(server);
        server.Http.DefaultRequestHeaders.Authorization = null;

        var answer = await server.SendAsync(new HttpMethod(method), path, method == "POST" ? new { } : null);

        Assert.Equal(401, answer.Status);
        Assert.Contains("\"detail\"", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"progress":1.5}""", 422)]
    [InlineData("""{"progress":"NaN"}""", 422)]
    [InlineData("""{"progress":NaN}""", 422)]
    [InlineData("""{"step":-1}""", 422)]
    [InlineData("""{"epoch":1e999}""", 422)]
    [InlineData("""{"metrics":{"loss":"NaN"}}""", 422)]
    [InlineData("""{"metrics":{"loss":-1e999}}""", 422)]
    [InlineData("""{"metrics":{"a b":1}}""", 422)]
    [InlineData("""{"metrics":[1]}""", 422)]
    [InlineData("""{"eta_seconds":1e300,"metrics":{"loss":1e300}}""", 200)]
    [InlineData("{}", 200)]
    public async Task What_is_no_number_is_refused(string body, int expected)
    {
        await using var server = await TrainingServer.StartAsync(Gated);
        var run = await server.StartRunAsync();
        await server.RunningAsync(run.Id);

        using var content = new StringContent(body, null, "application/json");
        using var answer = await server.Http.PostAsync($"/runs/{run.Id}/progress", content, Token);
        server.Open("open");

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal(RunStatuses.Succeeded, (await server.EndOfAsync(run.Id)).Status);
    }

    [Fact]
    public async Task A_loss_that_is_no_number_is_a_point_without_a_value()
    {
        await using var server = await TrainingServer.StartAsync("""echo "{'loss': nan, 'grad_norm': inf, 'epoch': 1.0}" """);

        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        var points = await server.GetAsync<List<RunMetricPoint>>($"/runs/{run.Id}/metrics?name=loss");

        Assert.Null(Assert.Single(points).Value);
        Assert.DoesNotContain("loss", run.Metrics.Keys);
    }

    [Fact]
    public async Task A_run_that_has_ended_reports_nothing_any_more()
    {
        await using var server = await TrainingServer.StartAsync("true");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        var late = await server.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/progress", new { progress = 0.5 });
        var unknown = await server.SendAsync(HttpMethod.Post, "/runs/nobody/progress", new { progress = 0.5 });

        Assert.Equal((409, 404), (late.Status, unknown.Status));
    }

    /// <summary>From here on keys are asked for; the client has one.</summary>
    private static async Task MakeKeyAsync(TrainingServer server)
    {
        var issued = await server.Services.GetRequiredService<KeyIssuer>().CreateAsync(new KeyTerms { Name = "tests" }, Token);
        await server.Services.GetRequiredService<KeyRing>().RefreshAsync(Token);
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", issued.Secret);
    }
}
