using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Deployments;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Runs;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>Nothing played: this very program as a model server, with the bundled model and with one that a run has made.</summary>
public sealed class BundledDeploymentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_bundled_model_is_deployed_and_answers_from_the_command_line_on()
    {
        using var server = await StartAsync();
        (string Name, string Value)[] address = [("SLIPWAY_URL", server.Http.BaseAddress!.ToString())];

        var created = await RunAsync(address, "deployments", "create", "slipway-tiny", "--name", "tiny", "--wait", "--json");
        var info = JsonSerializer.Deserialize<JsonElement>(created.Output);
        var id = info.GetProperty("deployment_id").GetString()!;
        var answer = await AskAsync(server.Http, "tiny");
        var listed = await RunAsync(address, "deployments", "list");
        var log = await RunAsync(address, "deployments", "logs", id);
        var deleted = await RunAsync(address, "deployments", "delete", id);
        var empty = await RunAsync(address, "deployments", "list");

        Assert.Equal((0, "running"), (created.ExitCode, info.GetProperty("status").GetString()));
        Assert.Contains("Advanced Encryption Standard", answer, StringComparison.Ordinal);
        Assert.Contains(id, listed.Output, StringComparison.Ordinal);
        Assert.Contains("listens on", log.Output, StringComparison.Ordinal);
        Assert.Equal(0, deleted.ExitCode);
        Assert.DoesNotContain(id, empty.Output, StringComparison.Ordinal);
        Assert.False(DeploymentServer.IsAlive(info.GetProperty("pid").GetInt32()));
    }

    [Fact]
    public async Task What_a_run_has_made_is_deployed_by_its_artifacts_id_and_outlives_the_run()
    {
        var model = Path.Combine(AppContext.BaseDirectory, "models", "slipway-tiny", "slipway-tiny-q8_0.gguf");
        await using var training = await TrainingServer.StartAsync(
            $"cp '{model}' \"$SLIPWAY_OUTPUT_DIR/made.gguf\"", [.. DeploymentServer.Settings(), .. OwnProgram()]);
        var run = await training.EndOfAsync((await training.StartRunAsync()).Id);
        var artifact = Assert.Single(await training.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts"));
        using var client = new SlipwayClient(training.Http);

        var made = await client.CreateDeploymentAsync(new CreateDeploymentRequest { ModelPath = artifact.Id }, Token);
        (await training.Http.DeleteAsync($"/runs/{run.Id}", Token)).EnsureSuccessStatusCode().Dispose();
        await DeploymentServer.UntilAsync(training.Http, made.DeploymentId, info => info.Status == DeploymentStatuses.Running);
        var answer = await AskAsync(training.Http, "made");
        await DeploymentServer.EndAllAsync(training.Http);

        Assert.Equal((artifact.Id, "made"), (made.ModelPath, made.ServedModelName));
        Assert.Contains("Advanced Encryption Standard", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_model_among_artifacts_can_be_deployed()
    {
        await using var training = await TrainingServer.StartAsync("echo '{}' > \"$SLIPWAY_OUTPUT_DIR/notes.json\"", DeploymentServer.Settings());
        var run = await training.EndOfAsync((await training.StartRunAsync()).Id);
        var artifact = Assert.Single(await training.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts"));

        var refused = await training.Http.PostAsJsonAsync("/deployments", new { model_path = artifact.Id }, Token);
        var unknown = await training.Http.PostAsJsonAsync("/deployments", new { model_path = Guid.NewGuid().ToString() }, Token);

        Assert.Contains("notes.json", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Contains("There is no artifact", await unknown.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static Task<ServingProgram> StartAsync() => ServingProgram.StartAsync(
        [.. DeploymentServer.Settings().Select(setting => setting.TrimStart('-').Split('=', 2)).Select(parts => (parts[0].Replace(":", "__", StringComparison.Ordinal), parts[1]))],
        "--no-model");

    /// <summary>In a test's own process the program is the test runner.</summary>
    private static string[] OwnProgram() =>
        ["--Deployments:Engines:slipway:0=dotnet", $"--Deployments:Engines:slipway:1={Path.Combine(AppContext.BaseDirectory, "slipway.dll")}"];

    private static async Task<string> AskAsync(HttpClient http, string model)
    {
        using var answer = await http.PostAsJsonAsync(
            "/v1/chat/completions", new { model, temperature = 0, messages = new[] { new { role = "user", content = "What is AES?" } } }, Token);
        return await answer.Content.ReadAsStringAsync(Token);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync((string Name, string Value)[] variables, params string[] arguments)
    {
        using var process = SlipwayProgram.Start(variables, arguments);
        var output = process.StandardOutput.ReadToEndAsync(Token);
        _ = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, await output);
    }
}
