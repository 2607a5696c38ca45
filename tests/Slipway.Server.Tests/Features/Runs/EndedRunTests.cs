using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Features.Runs.Webhooks;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class EndedRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_told_of_an_end_gets_the_run_as_it_was_then()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await TrainingServer.StartAsync(
            """echo "{'loss': 1.5, 'epoch': 0.5}" """,
            $"--Training:Webhooks:0:Url={receiver.Url}", $"--Training:Webhooks:0:Secret={WebhookReceiver.Secret}", "--Training:Webhooks:0:AllowPrivate=true");

        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        await Waiting.UntilAsync(server.Log, () => Task.FromResult(receiver.Deliveries.Count > 0));

        var told = JsonDocument.Parse(receiver.Deliveries[0].Body).RootElement.GetProperty("run").Deserialize<RunDetail>(TestJson.Wire)!;
        Assert.Equal(
            (run.Status, run.StartedAt, run.FinishedAt, run.LogCount, 1.5),
            (told.Status, told.StartedAt, told.FinishedAt, told.LogCount, told.Metrics["loss"]));
    }

    [Fact]
    public async Task What_a_killed_server_had_not_forgotten_of_an_ended_attempt_is_forgotten_later()
    {
        await using var server = await TrainingServer.StartAsync("[ $SLIPWAY_ATTEMPT = 2 ]");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        using var retried = await server.Http.PostAsync($"/runs/{run.Id}/retry", null, Token);
        await server.UntilAsync(run.Id, one => one is { Attempt: 2, Status: RunStatuses.Succeeded });
        await PhasesAsync(server, AttemptPhases.Forgotten);

        await server.Services.GetRequiredService<ServerDatabase>().WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync("update run_attempts set phase = 'ended'", transaction: transaction), Token);

        await PhasesAsync(server, AttemptPhases.Forgotten);
        var after = await server.GetAsync(run.Id);
        Assert.Equal((2, RunStatuses.Succeeded), (after.Attempt, after.Status));
    }

    /// <summary>Until both attempts are in this one.</summary>
    private static Task PhasesAsync(TrainingServer server, string phase) => Waiting.UntilAsync(server.Log, async () =>
        await server.Services.GetRequiredService<ServerDatabase>().ReadAsync(
            connection => connection.ExecuteScalarAsync<long>("select count(*) from run_attempts where phase = @phase", new { phase }), Token) == 2);
}
