using System.Diagnostics;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Examples;

/// <summary>The example clients, run as a reader of the examples would run them.</summary>
public sealed class ClientExampleTests
{
    [Theory]
    [InlineData("python3", "chat.py")]
    [InlineData("node", "chat.mjs")]
    public async Task An_example_streams_an_answer_and_leaves(string runtime, string script)
    {
        Requirement.CheckProgram(runtime);
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model, "--Serving:KvTokens=256");

        var (exitCode, output, errors) = await RunAsync(runtime, script, server.Url, "你好\nquit\n");

        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        Assert.NotEmpty(output.Trim());
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Log.Lines.Count(line => line.EventId == 1012) == 1));
    }

    [Theory]
    [InlineData("python3", "chat.py")]
    [InlineData("node", "chat.mjs")]
    public async Task An_example_shows_why_the_server_refuses(string runtime, string script)
    {
        Requirement.CheckProgram(runtime);
        await using var server = await ChatCalls.ServeAsync(null);

        var (_, _, errors) = await RunAsync(runtime, script, server.Url, "hello\nquit\n");

        Assert.Contains("/api/v1/model/load", errors, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string runtime, string script, string url, string input)
    {
        using var process = Process.Start(new ProcessStartInfo(runtime, [Path.Combine(Examples(), script), url])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONIOENCODING"] = "utf-8" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input.AsMemory(), TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static string Examples()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Slipway.slnx")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "examples", "clients");
    }
}
