using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Server.Tests.House;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Clients;

/// <summary>Programs under Node with the packages that tests/clients/package.json names.</summary>
internal static class NodeProgram
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    public static string Folder { get; } = Path.Combine(Sources.Root, "tests", "clients");

    /// <summary>Skips where Node or the packages are missing.</summary>
    public static void CheckInstalled()
    {
        Requirement.CheckProgram("node");
        Requirement.Check(
            Directory.Exists(Path.Combine(Folder, "node_modules")), "The clients are not installed: run 'npm install --ignore-scripts' in tests/clients.");
    }

    /// <summary>
    /// Runs a client program through all its cases. When it has told what came of them, and still lives, this adds under
    /// <c>abort</c> whether the model stopped computing for the call that was left.
    /// </summary>
    public static async Task<JsonElement> RunAsync(string program, Door door)
    {
        string[] keys = [await door.MakeKeyAsync(), await door.MakeKeyAsync(rpm: 1), await door.MakeKeyAsync(models: "somebody/else")];
        var isIdle = false;
        var results = await RunAsync(
            program, [door.Front.Url, Door.Model, .. keys], async () => isIdle = await ChatCalls.ComesTrueAsync(() => door.IsIdle));
        if (results["abort"] is { } abort)
        {
            abort["isIdle"] = isIdle;
        }

        return JsonSerializer.SerializeToElement(results);
    }

    /// <summary>Runs a program of tests/clients; <paramref name="onResults"/> runs when it has told all and still lives.</summary>
    /// <returns>What it told; nothing else was written to its error stream.</returns>
    public static async Task<JsonObject> RunAsync(string program, string[] arguments, Func<Task> onResults)
    {
        using var process = Start(Path.Combine(Folder, program), arguments);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Longest);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            var line = await process.StandardOutput.ReadLineAsync(patience.Token);
            if (line is not null)
            {
                await onResults();
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            Assert.Equal("", await errors);
            return JsonNode.Parse(line!)!.AsObject();
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunToEndAsync(
        string runtime, string[] arguments, Dictionary<string, string> environment)
    {
        using var process = Start(runtime, arguments, environment);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static Process Start(string script, string[] arguments) => Start("node", [script, .. arguments], []);

    private static Process Start(string runtime, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(runtime, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
