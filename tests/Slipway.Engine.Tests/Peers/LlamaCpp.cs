using System.Diagnostics;

namespace Slipway.Engine.Tests.Peers;

/// <summary>llama.cpp as npm ships it, in <c>bench/peers/llama</c>; tests that need it skip where it is not installed.</summary>
internal static class LlamaCpp
{
    /// <summary>The greedy continuation of a prompt.</summary>
    public static async Task<int[]> GreedyAsync(string model, IReadOnlyList<int> prompt, int count, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, WorkingDirectory = Folder() };
        foreach (var argument in (string[])["greedy.mjs", model, $"[{string.Join(',', prompt)}]", $"{count}"])
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return [.. output.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    /// <summary>The library that holds its quantizer; the test skips where it is not installed.</summary>
    public static string QuantizerLibrary()
    {
        var library = Path.Combine(Folder(), "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64", "libggml-base.so");
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(library), $"There is no '{library}'.");
        return library;
    }

    private static string Folder()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Slipway.slnx")))
        {
            root = root.Parent;
        }
        var folder = Path.Combine(root?.FullName ?? "", "bench", "peers", "llama");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Assert.SkipWhen(
                Environment.GetEnvironmentVariable("SLIPWAY_REQUIRE_SERVICES") != "1",
                "llama.cpp is not installed: npm install --ignore-scripts in bench/peers/llama.");
            Assert.Fail($"llama.cpp is required and not installed in {folder}.");
        }
        return folder;
    }
}
