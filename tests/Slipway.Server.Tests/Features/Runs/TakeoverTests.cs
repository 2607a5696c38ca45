using System.Diagnostics;
using System.Text.Json;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Features.Runs.Webhooks;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class TakeoverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_servers_on_one_folder_the_second_goes_on_when_the_first_is_killed()
    {
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        using var training = new DataSite();
        await File.WriteAllTextAsync(training.In("train.sh"), "echo before; while [ ! -f open ]; do sleep 0.05; done; echo after; exit 3", Token);
        await File.WriteAllTextAsync(training.In("data.jsonl"), "{}\n", Token);
        await File.WriteAllTextAsync(training.In("train.yaml"), "stage: sft\n", Token);
        (string, string)[] settings = [("Training__Folder", training.Path), ("Training__Command__0", "sh"), ("Training__Command__1", "train.sh")];
        using var first = await ServingProgram.StartInAsync(data, settings, "--no-model");
        using var second = await ServingProgram.StartInAsync(data, settings, "--no-model");
        var run = await TrainingServer.StartRunAsync(first.Http);
        await UntilAsync(second.Http, run.Id, one => one is { Status: RunStatuses.Running, LogCount: >= 4 });

        first.Kill();
        await File.WriteAllTextAsync(training.In("open"), "", Token);
        var ended = await UntilAsync(second.Http, run.Id, one => RunStatuses.IsFinal(one.Status));
        var log = await TrainingServer.ReadAsync<List<RunLogLine>>(await second.Http.GetAsync($"/runs/{run.Id}/logs", Token));
        using var next = await second.Http.PostAsync("/projects/demo/runs", null, Token);
        var after = await UntilAsync(second.Http, (await TrainingServer.ReadAsync<RunDetail>(next)).Id, one => RunStatuses.IsFinal(one.Status));

        Assert.Equal((RunStatuses.Failed, 3, 1), (ended.Status, ended.ExitCode, ended.Attempt));
        Assert.Equal(["queued", "starting", "running", "before", "after", "failed"], log.Select(line => line.Text.Split(' ')[0]));
        Assert.Equal((RunStatuses.Failed, 3), (after.Status, after.ExitCode));
    }

    [Fact]
    public async Task Whoever_wants_to_know_is_told_of_an_end_with_a_signature()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await TrainingServer.StartAsync(
            "echo bye; exit 7", $"--Training:Webhooks:0:Url={receiver.Url}", $"--Training:Webhooks:0:Secret={WebhookReceiver.Secret}",
            "--Training:Webhooks:0:AllowPrivate=true", "--Training:WebhookDelivery:Interval=00:00:00.02");

        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        await server.UntilAsync(run.Id, _ => receiver.Deliveries.Count > 0);

        var delivery = Assert.Single(receiver.Deliveries);
        var body = JsonSerializer.Deserialize<JsonElement>(delivery.Body);
        Assert.True(delivery.IsSigned);
        Assert.Equal(("failed", "run.failed"), (delivery.Headers["X-Slipway-Event"], body.GetProperty("event").GetString()));
        Assert.Equal((run.Id, 7), (body.GetProperty("run").GetProperty("id").GetString(), body.GetProperty("run").GetProperty("exit_code").GetInt32()));
    }

    private static async Task<RunDetail> UntilAsync(HttpClient http, string id, Func<RunDetail, bool> wanted)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var run = await TrainingServer.ReadAsync<RunDetail>(await http.GetAsync($"/runs/{id}", Token));
            if (wanted(run))
            {
                return run;
            }
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"Still {run}.");
            await timer.WaitForNextTickAsync(Token);
        }
    }
}
