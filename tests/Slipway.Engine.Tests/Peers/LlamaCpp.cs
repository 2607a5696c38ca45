using System.Diagnostics;
using System.Text.Json;

namespace Slipway.Engine.Tests.Peers;

/// <summary>llama.cpp as npm ships it, in <c>bench/peers/llama</c>; tests that need it skip where it is not installed.</summary>
internal static class LlamaCpp
{
    private static readonly SemaphoreSlim Turn = new(1, 1);

    // It takes seconds to start, so one answers all tests; it ends with their process, which closes its input.
    private static Process? running;

    /// <summary>The greedy continuation of a prompt.</summary>
    public static async Task<int[]> GreedyAsync(string model, IReadOnlyList<int> prompt, int count, CancellationToken cancellationToken)
    {
        var folder = Folder();
        await Turn.WaitAsync(cancellationToken);
        try
        {
            running ??= Process.Start(new ProcessStartInfo("node", ["greedy.mjs"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                WorkingDirectory = folder,
            })!;
            await running.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { model, prompt, count }).AsMemory(), cancellationToken);
            await running.StandardInput.FlushAsync(cancellationToken);
            var line = await running.StandardOutput.ReadLineAsync(cancellationToken)
                ?? throw new InvalidOperationException($"llama.cpp ended over '{model}'.");
            using var answer = JsonDocument.Parse(line);
            return answer.RootElement.TryGetProperty("tokens", out var tokens)
                ? [.. tokens.EnumerateArray().Select(token => token.GetInt32())]
                : throw new InvalidOperationException($"llama.cpp does not continue '{model}': {answer.RootElement.GetProperty("error")}");
        }
        catch
        {
            // Whatever it would still say belongs to this question.
            running?.Kill();
            running?.Dispose();
            running = null;
            throw;
        }
        finally
        {
            Turn.Release();
        }
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
