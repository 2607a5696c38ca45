using System.Diagnostics;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Deployer;
using Slipway.Server.Tests.Aws.StandIn;
using Slipway.Server.Tests.Features.Deployer;
using Slipway.Server.Tests.Features.Deployer.SageMaker;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Commands;

/// <summary><c>slipway deploy</c> and <c>slipway models</c>, real programs on both sides.</summary>
public sealed class DeployCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_comes_into_service_is_looked_at_and_goes()
    {
        await using var server = await DeployerSite.StartAsync();

        var deployed = await RunAsync(server, "deploy", "slipway-tiny", "--wait");
        var twice = await RunAsync(server, "deploy", "slipway-tiny");
        var listed = await RunAsync(server, "models", "deployed");
        var status = await RunAsync(server, "models", "status", "slipway-tiny");
        var destroyed = await RunAsync(server, "models", "destroy", "slipway-tiny/dev", "--wait");
        var gone = await RunAsync(server, "models", "status", "slipway-tiny");
        var nothing = await RunAsync(server, "models", "deployed");

        Assert.True(deployed.ExitCode == 0, deployed.Errors);
        Assert.Contains("Deploying slipway-tiny/dev: service local, instance local, engine slipway.", deployed.Errors, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\d\d:\d\d:\d\d  slipway-tiny/dev  InService$", deployed.Errors);
        Assert.Matches(@"(?m)^status +InService$", deployed.Output);
        Assert.Equal((1, true), (twice.ExitCode, twice.Errors.Contains("already exists", StringComparison.Ordinal)));
        Assert.Matches(@"(?m)^slipway-tiny/dev +InService +local +local ", listed.Output);
        Assert.Matches(@"(?m)^  \d\d:\d\d:\d\d  slipway-tiny/dev  InService$", status.Output);
        Assert.Equal((0, "Destroyed slipway-tiny/dev."), (destroyed.ExitCode, destroyed.Errors.TrimEnd().Split('\n')[^1]));
        Assert.DoesNotContain("InService", destroyed.Errors, StringComparison.Ordinal);
        Assert.Equal((1, ""), (gone.ExitCode, gone.Output));
        Assert.Contains("slipway deploy --help", nothing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_comes_into_service_on_SageMaker_and_goes()
    {
        await using var server = await SageMakerServer.StartAsync(TimeSpan.FromSeconds(10));
        var url = server.Http.BaseAddress!.ToString();

        var deployed = await RunAsync(url, "deploy", "Qwen3-8B", "--service", "sagemaker", "--stack-name", "our-stack", "--region", "us-east-1", "--wait");
        var status = await RunAsync(url, "models", "status", "Qwen3-8B");
        var destroyed = await RunAsync(url, "models", "destroy", "Qwen3-8B", "--wait");

        Assert.True(deployed.ExitCode == 0, deployed.Errors);
        Assert.Contains("service sagemaker, instance g5.2xlarge, engine vllm.", deployed.Errors, StringComparison.Ordinal);
        Assert.Contains("Creating", deployed.Errors, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^stack +our-stack$", status.Output);
        Assert.Matches(@"(?m)^instance +ml\.g5\.2xlarge$", status.Output);
        Assert.True(destroyed.ExitCode == 0, destroyed.Errors);
        Assert.Equal([ResourceTypes.Role], server.Account.Left.Select(resource => resource.Type.Type));
    }

    [Fact]
    public async Task One_that_fails_ends_the_waiting_with_1_and_why()
    {
        await using var server = await DeployerSite.StartAsync(DeployerSite.Broken);

        var ran = await RunAsync(server, "deploy", "broken/x", "--wait");
        var status = await RunAsync(server, "models", "status", "broken/x", "--json");

        Assert.Equal(1, ran.ExitCode);
        Assert.Matches(@"(?m)^status +Failed$", ran.Output);
        Assert.Contains("broken/x has failed: ", ran.Errors, StringComparison.Ordinal);
        Assert.Contains(JsonElement.Parse(status.Output).GetProperty("failure_reason").GetString()!.Split('\n')[0], ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_waiting_and_not_the_deployment()
    {
        await using var server = await DeployerSite.StartAsync();
        using var client = new SlipwayClient(server.Http);
        using var waiting = Start(server, "deploy", "slipway-tiny/kept", "--wait");
        var output = waiting.StandardOutput.ReadToEndAsync(Token);
        var said = "";
        while (!said.Contains("Creating", StringComparison.Ordinal) && await waiting.StandardError.ReadLineAsync(Token) is { } line)
        {
            said += line + "\n";
        }

        using var interrupt = Signals.Send(waiting, "INT");
        said += await waiting.StandardError.ReadToEndAsync(Token);
        await waiting.WaitForExitAsync(Token);
        var status = await client.WaitForModelAsync("slipway-tiny", "kept", cancellationToken: Token);

        Assert.Equal((130, ""), (waiting.ExitCode, await output));
        Assert.Contains("The deployment goes on. 'slipway models status slipway-tiny/kept'", said, StringComparison.Ordinal);
        Assert.Equal(DeployedModelStatuses.InService, status.Status);
    }

    [Fact]
    public async Task Programs_are_answered_in_the_servers_own_words()
    {
        await using var server = await DeployerSite.StartAsync();

        var started = await RunAsync(server, "deploy", "slipway-tiny/a", "--params", """{"note": "测试"}""", "--json");
        var waited = await RunAsync(server, "deploy", "slipway-tiny/b", "--wait", "--json");
        var rows = await RunAsync(server, "models", "deployed", "--json");
        var model = await RunAsync(server, "models", "show", "slipway-tiny", "--json");

        var config = JsonElement.Parse(started.Output).GetProperty("deployment_config");
        Assert.Equal(("a", "测试"), (config.GetProperty("model_tag").GetString(), config.GetProperty("extra_params").GetProperty("note").GetString()));
        Assert.Equal("InService", JsonElement.Parse(waited.Output).GetProperty("status").GetString());
        Assert.Equal(["b", "a"], Lines(rows.Output).Select(line => JsonElement.Parse(line).GetProperty("model_tag").GetString()));
        Assert.Equal("5.8M", JsonElement.Parse(model.Output).GetProperty("model_size").GetString());
    }

    [Fact]
    public async Task The_catalog_is_listed_searched_and_shown()
    {
        await using var server = await RunningServer.StartAsync();

        var all = await RunAsync(server.Url, "models", "list");
        var found = await RunAsync(server.Url, "models", "list", "--search", "QWEN3-8");
        var asJson = await RunAsync(server.Url, "models", "list", "--search", "qwen3-8", "--json");
        var none = await RunAsync(server.Url, "models", "list", "--search", "no such thing");
        var shown = await RunAsync(server.Url, "models", "show", "Qwen3-8B");

        Assert.True(Lines(all.Output).Count > 80, all.Errors);
        Assert.Matches(@"(?m)^Qwen3-8B +Alibaba +8\.2B +sagemaker_realtime sagemaker_async local +vllm slipway +g5\.2xlarge$", found.Output);
        Assert.Equal(Lines(found.Output).Count - 1, Lines(asJson.Output).Count);
        Assert.Equal((0, ""), (none.ExitCode, none.Output));
        Assert.Matches(@"(?m)^memory +21 GiB of GPU memory$", shown.Output);
    }

    [Fact]
    public async Task Parameters_come_from_a_file_as_well()
    {
        await using var server = await DeployerSite.StartAsync();
        using var file = new TextFile("""{"engine_params": {"cli_args": "--port 1"}}""");

        var ran = await RunAsync(server, "deploy", "slipway-tiny", "--params", "@" + file.Path);

        Assert.Equal((1, ""), (ran.ExitCode, ran.Output));
        Assert.Contains("--port", ran.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is not in the catalog. Near it are: Qwen3-8B", 1, "deploy", "qwen3-8b")]
    [InlineData("accepted: sagemaker_realtime, sagemaker_async", 1, "deploy", "glm-4-9b-chat")]
    [InlineData("accepted: g5.2xlarge", 1, "deploy", "Qwen3-8B", "--service", "sagemaker", "--instance", "ml.p5.48xlarge")]
    [InlineData("accepted: vllm", 1, "deploy", "Qwen3-8B", "--service", "sagemaker_async", "--engine", "tgi")]
    [InlineData("is no model tag", 1, "deploy", "slipway-tiny/a/b")]
    [InlineData("'/dev' is no model; accepted is MODEL or MODEL/TAG", 2, "deploy", "/dev")]
    [InlineData("accepted is a JSON object", 2, "deploy", "slipway-tiny", "--params", "[]")]
    [InlineData("accepted is a JSON object", 2, "deploy", "slipway-tiny", "--params", "{")]
    [InlineData("no-such-file", 1, "deploy", "slipway-tiny", "--params", "@no-such-file")]
    [InlineData("ROLLBACK", 2, "deploy", "slipway-tiny", "--on-failure", "KEEP")]
    [InlineData("There is no deployment of model 'x' with tag 'y'", 1, "models", "status", "x/y")]
    [InlineData("There is no deployment of model 'x' with tag 'dev'", 1, "models", "destroy", "x")]
    [InlineData("is not in the catalog", 1, "models", "show", "x")]
    public async Task What_is_refused_is_said_with_what_would_be_accepted(string says, int code, params string[] arguments)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });

        var ran = await RunAsync(server.Url, arguments);

        Assert.Equal((code, ""), (ran.ExitCode, ran.Output));
        Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
    }

    private static Process Start(DeployerSite server, params string[] arguments) =>
        SlipwayProgram.Start([("SLIPWAY_URL", server.Url)], arguments);

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(DeployerSite server, params string[] arguments) =>
        SlipwayProgram.RunAsync([.. arguments, "--url", server.Url]);

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(string url, params string[] arguments) =>
        SlipwayProgram.RunAsync([.. arguments, "--url", url]);

    private static List<string> Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private sealed class TextFile : IDisposable
    {
        public TextFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
