using System.Net;
using System.Net.Sockets;
using Slipway.Models;
using Slipway.Server.Tests.Platform.Hub;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Commands;

/// <summary>A hub's name wherever a command takes a model: pulled once, and then used without the hub.</summary>
public sealed class HubNameCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{\"text\": \"AES\"}", "\"ids\"", "tokenize", "--model", HubStandIn.Repository)]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}", "Hi", "render", "--model", HubStandIn.Repository)]
    [InlineData("", "qwen3", "inspect", HubStandIn.Repository)]
    [InlineData("", "written:", "quantize", HubStandIn.Repository, "OUT", "--type", "q4_0", "--allow-requantize", "--force")]
    [InlineData("", "written:", "convert", HubStandIn.Repository, "OUT", "--force")]
    public async Task The_first_time_it_is_pulled_and_the_second_time_no_hub_is_needed(string input, string says, params string[] arguments)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);
        site.AddFolder();
        string[] command = [.. arguments.Select(argument => argument == "OUT" ? site.Data.In("out.gguf") : argument)];

        var first = await RunAsync(site, site.Hub.Url, input, command);
        var second = await RunAsync(site, "http://127.0.0.1:1", input, command);

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Contains("Pulling acme/tiny-GGUF from 127.0.0.1", first.Errors, StringComparison.Ordinal);
        Assert.Contains(says, first.Output, StringComparison.Ordinal);
        Assert.Equal((0, first.Output), (second.ExitCode, second.Output));
        Assert.Empty(site.Hub.Violations);
    }

    [Fact]
    public async Task A_training_begins_with_a_model_of_a_hub()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);
        await File.WriteAllTextAsync(site.Data.In("talk.jsonl"), """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""", Token);
        await File.WriteAllTextAsync(
            site.Data.In("run.yaml"),
            $"model_name_or_path: {HubStandIn.Repository}:q8_0\ndataset: talk.jsonl\noutput_dir: out\ncutoff_len: 64\nmax_steps: 1\nthreads: 1\n", Token);

        var first = await RunAsync(site, site.Hub.Url, "", "train", site.Data.In("run.yaml"));
        var second = await RunAsync(site, "http://127.0.0.1:1", "", "train", site.Data.In("run.yaml"), "overwrite_output_dir=true");

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.True(second.ExitCode == 0, second.Errors);
        Assert.Equal(site.Hub[HubSite.File].Length, site.Hub.Served);
    }

    [Fact]
    public async Task A_folder_cannot_be_quantized_and_the_remedy_is_told()
    {
        await using var site = await HubSite.StartAsync();
        site.AddFolder();

        var ran = await RunAsync(site, site.Hub.Url, "", "quantize", HubStandIn.Repository + ":safetensors", site.Data.In("out.gguf"), "--type", "q8_0");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains($"'slipway convert {HubStandIn.Repository}:safetensors model.gguf'", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pulled_folder_is_found_though_a_file_of_the_same_commit_was_pulled_too()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);
        site.AddFolder();
        await RunAsync(site, site.Hub.Url, "", "pull", HubStandIn.Repository);
        await RunAsync(site, site.Hub.Url, "", "pull", HubStandIn.Repository + ":safetensors");

        var folder = await RunAsync(site, "http://127.0.0.1:1", "", "inspect", HubStandIn.Repository + ":safetensors");
        var file = await RunAsync(site, "http://127.0.0.1:1", "", "inspect", HubStandIn.Repository + ":q8_0");

        Assert.Contains("model.embed_tokens.weight", folder.Output, StringComparison.Ordinal);
        Assert.Contains("token_embd.weight", file.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_that_cannot_be_reached_is_told_at_each_attempt_and_left_at_once()
    {
        await using var site = await HubSite.StartAsync();
        using var process = SlipwayProgram.Start(
            [("SLIPWAY_DATA", site.Data.Path), ("HF_ENDPOINT", $"http://127.0.0.1:{ClosedPort()}")], ["pull", HubStandIn.Repository]);
        var told = await process.StandardError.ReadLineAsync(Token);

        using var interrupt = Signals.Send(process, "INT");
        var rest = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);

        Assert.EndsWith("Trying again in 0.5 s (1 of 6).", told, StringComparison.Ordinal);
        Assert.Contains("the same command goes on", rest, StringComparison.Ordinal);
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public async Task Two_processes_pull_a_model_once()
    {
        await using var site = await HubSite.StartAsync(4 << 20);
        site.Hub.Pause = TimeSpan.FromMilliseconds(20);

        var both = await Task.WhenAll(RunAsync(site, site.Hub.Url, "", "pull", HubStandIn.Repository), RunAsync(site, site.Hub.Url, "", "pull", HubStandIn.Repository));

        Assert.Equal((0, 0, both[0].Output), (both[0].ExitCode, both[1].ExitCode, both[1].Output));
        Assert.Equal(4 << 20, site.Hub.Served);
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(HubSite site, string hub, string input, params string[] arguments)
    {
        using var process = SlipwayProgram.Start(
            [("SLIPWAY_DATA", site.Data.Path), ("HF_ENDPOINT", hub), ("Hub__Retries", "0")], arguments, input);
        var errors = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output, await errors);
    }
}
