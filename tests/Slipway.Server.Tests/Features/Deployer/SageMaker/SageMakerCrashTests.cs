using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.SageMaker;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Tests.Aws;
using Slipway.Server.Tests.Aws.StandIn;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

/// <summary>A server that dies at a call of AWS, whichever it is, before the call has its effect and after it.</summary>
public sealed class SageMakerCrashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_that_was_never_finished_is_done_again_at_every_call_of_a_life(bool isDone)
    {
        var calls = await LiveAsync(cutAt: 0, isDone);
        Assert.InRange(calls, 15, 80);

        for (var cutAt = 1; cutAt <= calls; cutAt++)
        {
            await LiveAsync(cutAt, isDone);
        }
    }

    [Fact]
    public async Task A_server_that_is_killed_at_any_call_is_followed_by_one_that_goes_on()
    {
        var calls = await LiveInProcessesAsync(killAt: 0);
        Assert.InRange(calls, 10, 60);

        for (var killAt = 1; killAt <= calls; killAt++)
        {
            await LiveInProcessesAsync(killAt);
        }
    }

    /// <summary>Deploys and destroys step by step; the step in which the connection was cut is forgotten, as a crash forgets it.</summary>
    private static async Task<int> LiveAsync(int cutAt, bool isDone)
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(40), settings: "--Aws:Attempts=1");
        var isCut = false;
        server.Aws.Control.Hook = call =>
        {
            var isNow = call.Number == cutAt && call.IsDone == isDone;
            isCut |= isNow;
            return Task.FromResult(!isNow);
        };
        var service = server.Services.GetServices<IDeployService>().OfType<SageMakerService>().Single();
        var model = new DeployedModel(SageMakerServer.Order(), ModelCatalog.AtStart.Find(SageMakerServer.Model)!, TimeProvider.System.GetUtcNow(), IsUnwanted: false, Last: null);
        for (var steps = 0; model.Last?.IsGone != true; steps++)
        {
            Assert.True(steps < 200, $"Cut at {cutAt}, it is {model.Last}.");
            var standing = await service.StepAsync(model, Token);
            if (isCut)
            {
                isCut = false;
                continue;
            }
            Assert.True(standing.Status != DeployedModelStatuses.Failed, $"Cut at {cutAt}: {standing.FailureReason}");
            model = model with { Last = standing, IsUnwanted = model.IsUnwanted || standing.Status == DeployedModelStatuses.InService };
        }
        CheckNothingIsLost(server.Account, $"cut at {cutAt}");
        return server.Aws.Control.Actions.Count;
    }

    private static async Task<int> LiveInProcessesAsync(int killAt)
    {
        await using var aws = await AwsStandIn.StartAsync();
        aws.Account.Script.PerCall = TimeSpan.FromSeconds(60);
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        ServingProgram? server = null;
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        aws.Control.Hook = async call =>
        {
            if (call.Number != killAt || !call.IsDone)
            {
                return true;
            }
            await Task.Run(() => server!.Kill());
            killed.SetResult();
            return false;
        };
        if (killAt == 0)
        {
            killed.SetResult();
        }
        server = await StartAsync(aws, data);
        ServingProgram? next = null;
        try
        {
            await CallAsync(server, "/emd_deploy", SageMakerServer.Request());
            var wasInService = false;
            await Patience.UntilAsync(
                async () =>
                {
                    if (killed.Task.IsCompleted && killAt > 0 && next is null)
                    {
                        next = await StartAsync(aws, data);
                    }
                    var status = await StatusAsync(next ?? server);
                    if (status == "InService")
                    {
                        // Its answer may be lost in the kill, and then it is asked for again.
                        wasInService = true;
                        await CallAsync(next ?? server, "/emd_destroy", """{"model_id":"Qwen3-8B"}""");
                    }
                    Assert.NotEqual("Failed", status);
                    return wasInService && status == "404";
                },
                () => $"Killed at {killAt}: {string.Join(", ", aws.Control.Actions)}");
        }
        finally
        {
            next?.Dispose();
            server.Dispose();
        }
        CheckNothingIsLost(aws.Account, $"killed at {killAt}");
        return aws.Control.Actions.Count;
    }

    /// <summary>Role, model, configuration and endpoint, once each; after all of it the role alone.</summary>
    private static void CheckNothingIsLost(StandInAccount account, string when)
    {
        Assert.True(account.Made.Count == 4, $"{when}: {string.Join(", ", account.Made)}");
        Assert.True(account.Left.Count == 1 && account.Left[0].Type.Type == ResourceTypes.Role, $"{when}: {string.Join(", ", account.Left)}");
    }

    private static Task<ServingProgram> StartAsync(AwsStandIn aws, string data) => ServingProgram.StartInAsync(
        data,
        [
            ("AWS_REGION", AwsStandIn.Region), ("AWS_ENDPOINT_URL", aws.Url), ("AWS_ACCESS_KEY_ID", AwsStandIn.Key.Id),
            ("AWS_SECRET_ACCESS_KEY", AwsStandIn.Key.Secret), ("Aws__RetryDelay", "00:00:00.001"), ("Deployer__SageMaker__PollEvery", "00:00:00.020"),
        ],
        "--no-model");

    private static async Task CallAsync(ServingProgram server, string path, string body)
    {
        try
        {
            using var answer = await server.Http.PostAsync(path, new StringContent(body, null, "application/json"), Token);
        }
        catch (HttpRequestException)
        {
            // It is dead.
        }
    }

    private static async Task<string> StatusAsync(ServingProgram server)
    {
        try
        {
            using var answer = await server.Http.PostAsync("/emd_status", JsonContent.Create(new { model_id = SageMakerServer.Model }), Token);
            return answer.IsSuccessStatusCode
                ? (await answer.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>(Token)).GetProperty("status").GetString()!
                : $"{(int)answer.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return "dead";
        }
    }
}
