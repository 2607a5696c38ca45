using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Models;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Platform.Hub;

namespace Slipway.Server.Tests.Commands;

public sealed class PullCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("huggingface")]
    [InlineData("modelscope")]
    public async Task A_model_is_pulled_listed_used_and_removed(string hub)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);

        var pulled = await RunAsync(site, "pull", HubStandIn.Repository, "--hub", hub, "--endpoint", site.Hub.Url, "--json");
        var listed = await RunAsync(site, "models", "pulled", "--json");
        var inspected = await RunAsync(site, "inspect", HubStandIn.Repository);
        var removed = await RunAsync(site, "models", "remove", HubStandIn.Repository);
        var after = await RunAsync(site, "models", "pulled");

        Assert.Equal((0, 0, 0, 0, 0), (pulled.ExitCode, listed.ExitCode, inspected.ExitCode, removed.ExitCode, after.ExitCode));
        var (answer, row) = (JsonNode.Parse(pulled.Output)!, JsonNode.Parse(listed.Output)!);
        Assert.Equal((hub, (string?)answer["path"]), ((string?)row["hub"], (string?)row["path"]));
        Assert.Contains((string)answer["path"]!, inspected.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was pulled", after.Errors, StringComparison.Ordinal);
        Assert.Empty(site.Hub.Violations);
        Assert.Empty(site.FilesLeft());
    }

    [Fact]
    public async Task A_model_that_is_named_where_one_is_run_is_pulled_once()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);
        site.Hub.Token = "hf_secret";
        string[] command = ["run", "--model", HubStandIn.Repository + ":q8_0", "--prompt", "AES", "-n", "4", "--temperature", "0"];

        var first = await RunAsync(site, command);
        var asked = site.Hub.Requests.Count;
        var second = await RunAsync(site, command);
        var bundled = await RunAsync(site, "run", "--prompt", "AES", "-n", "4", "--temperature", "0");

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Equal((bundled.Output, bundled.Output), (first.Output, second.Output));
        Assert.Equal(asked, site.Hub.Requests.Count);
        Assert.Contains("Pulling acme/tiny-GGUF from 127.0.0.1", first.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", first.Errors + second.Errors, StringComparison.Ordinal);
        Assert.Empty(site.Hub.Violations);
    }

    [Fact]
    public async Task A_server_pulls_its_model_and_serves_it()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);

        using var server = await ServingProgram.StartAsync(
            [("HF_ENDPOINT", site.Hub.Url)], "--model", HubStandIn.Repository);

        await Waiting.UntilAsync(
            new LogCapture(), async () => (await server.Http.GetStringAsync("/api/v1/model/info", Token)).Contains("\"is_loaded\":true", StringComparison.Ordinal));
        Assert.Equal(site.Hub[HubSite.File].Length, site.Hub.Served);
    }

    [Fact]
    public async Task A_killed_pull_goes_on_in_the_next_process()
    {
        await using var site = await HubSite.StartAsync(24 << 20);
        site.Hub.Pause = TimeSpan.FromMilliseconds(50);
        using (var process = Start(site, "pull", HubStandIn.Repository))
        {
            await Waiting.UntilAsync(new LogCapture(), () => Task.FromResult(site.Hub.Served > 12 << 20));
            process.Kill();
            await process.WaitForExitAsync(Token);
        }
        site.Hub.Pause = TimeSpan.Zero;

        var ran = await RunAsync(site, "pull", HubStandIn.Repository);

        Assert.True(ran.ExitCode == 0, ran.Errors);
        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(ran.Output.Trim(), Token));
        // From the beginning it would be half as much again; some of the first half was on its way when it was killed.
        Assert.InRange(site.Hub.Served, 24 << 20, (long)(1.4 * (24 << 20)));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told_in_a_line()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = HubStandIn.Bytes(100);

        var ran = await RunAsync(site, "pull", HubStandIn.Repository, "--into", "/dev/full/x");

        Assert.Equal(1, ran.ExitCode);
        Assert.StartsWith("slipway: ", ran.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "is no model of a hub", "pull", "nothing")]
    [InlineData(2, "--revision", "pull", "a/b", "--revision", "../x")]
    [InlineData(2, "one of them", "pull", "a/b:Q8_0", "--file", "x")]
    [InlineData(2, "huggingface", "pull", "a/b", "--hub", "elsewhere")]
    [InlineData(1, "There is no 'acme/nothing'", "pull", "acme/nothing")]
    [InlineData(1, "There is no file or folder 'acme/nothing' here", "run", "--model", "acme/nothing", "--prompt", "x")]
    [InlineData(1, "was not pulled", "models", "remove", "acme/nothing")]
    public async Task What_cannot_be_is_said_in_a_line(int code, string says, params string[] arguments)
    {
        await using var site = await HubSite.StartAsync();

        var ran = await RunAsync(site, arguments);

        Assert.Equal((code, ""), (ran.ExitCode, ran.Output));
        Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
    }

    private static Process Start(HubSite site, params string[] arguments) => SlipwayProgram.Start(
        [
            ("SLIPWAY_DATA", site.Data.Path), ("HF_ENDPOINT", site.Hub.Url), ("HF_TOKEN", site.Hub.Token ?? ""), ("Hub__PartBytes", "4194304"),
            ("Hub__JournalBytes", "262144"),
        ], arguments);

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(HubSite site, params string[] arguments)
    {
        using var process = Start(site, arguments);
        var errors = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output, await errors);
    }
}
