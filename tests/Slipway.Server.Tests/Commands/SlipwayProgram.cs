using System.Diagnostics;
using Slipway.Server.Platform.Listening;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Commands;

/// <summary>The real program, as a user starts it.</summary>
internal static class SlipwayProgram
{
    // By its path: a test may give the program a PATH where it is not.
    private static readonly string Dotnet = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "dotnet")).FirstOrDefault(File.Exists) ?? "dotnet";

    /// <summary>Starts it; its input is empty.</summary>
    public static Process Start(params string[] arguments) => Start([], arguments);

    /// <summary>Starts it with further variables of the environment, and with an input that ends.</summary>
    public static Process Start((string Name, string Value)[] variables, string[] arguments, string input = "")
    {
        // Whoever runs the tests in the background has them ignore Ctrl-C, and so would all that they start.
        string[] program = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", Dotnet] : [Dotnet];
        var start = new ProcessStartInfo(program[0], [.. program[1..], Path.Combine(AppContext.BaseDirectory, "slipway.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(EventThreads.Switch);
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }

    /// <summary>Runs it until <paramref name="hasBegun"/>, then has it stop as a service manager does.</summary>
    public static async Task<(int ExitCode, string Errors)> StopAsync(Func<bool> hasBegun, params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!process.HasExited && !hasBegun())
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        using var kill = Signals.Send(process, "TERM");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await errors);
    }
}
