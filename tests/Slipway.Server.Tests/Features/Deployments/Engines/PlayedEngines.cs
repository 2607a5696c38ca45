using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Tests.Features.Runs.Executors;
using Slipway.Server.Tests.House;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>vLLM, SGLang and llama-server as play-engine.py plays them, in a folder for the PATH. The script tells its switches.</summary>
internal sealed class PlayedEngines : IDisposable
{
    private static readonly Lazy<Task<string>> Python = new(() =>
        HostProgram.RunAsync(HostProgram.Find("python3")!, ["-c", "import sys; print(sys.executable)"]));

    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-played-").FullName;

    private PlayedEngines(string python)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "lib", "python3", "site-packages", "sglang"));
        Directory.CreateDirectory(Path.Combine(_folder, "switches"));
        Directory.CreateDirectory(Folder);
        Write("vllm", $"exec '{python}' '{Script}' vllm \"$@\"");
        Write("llama-server", $"exec '{python}' '{Script}' llama-server \"$@\"");
        Write("python3", $"[ \"$1 $2\" = '-m sglang.launch_server' ] && shift 2 && exec '{python}' '{Script}' sglang \"$@\"\nexec '{python}' \"$@\"");
    }

    public static string Script { get; } = Path.Combine(
        Sources.Root, "tests", "Slipway.Server.Tests", "Features", "Deployments", "Engines", "play-engine.py");

    /// <summary>For the PATH.</summary>
    public string Folder => Path.Combine(_folder, "bin");

    /// <summary>Options that name them.</summary>
    public EngineOptions Options => new()
    {
        Vllm = Path.Combine(Folder, "vllm"),
        Sglang = [Path.Combine(Folder, "python3"), "-m", "sglang.launch_server"],
        LlamaServer = Path.Combine(Folder, "llama-server"),
    };

    /// <summary>The same as a server's configuration.</summary>
    public string[] Settings =>
    [
        $"--Deployments:Engines:vllm={Options.Vllm}", $"--Deployments:Engines:llama-server={Options.LlamaServer}",
        .. Options.Sglang!.Select((word, at) => $"--Deployments:Engines:sglang:{at}={word}"),
    ];

    /// <summary>Skips where there is no Python.</summary>
    public static async Task<PlayedEngines> CreateAsync()
    {
        Requirement.CheckProgram("python3");
        return new PlayedEngines(await Python.Value);
    }

    /// <summary>Runs the script in another of its parts, with text for its input.</summary>
    public static async Task<string[]> AskAsync(string[] arguments, IEnumerable<string> lines)
    {
        Requirement.CheckProgram("python3");
        using var process = Process.Start(new ProcessStartInfo(await Python.Value, [Script, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(string.Concat(lines.Select(line => line + "\n")));
        process.StandardInput.Close();
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Turns a switch of all of them, running or not; null turns it off.</summary>
    public void Turn(string name, string? value)
    {
        var file = Path.Combine(_folder, "switches", name);
        if (value is null)
        {
            File.Delete(file);
        }
        else
        {
            File.WriteAllText(file, value);
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose() => TestData.Delete(_folder);

    private void Write(string name, string body)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, $"#!/bin/sh\nexport PLAY_FOLDER='{Path.Combine(_folder, "switches")}'\n{body}\n");
        HostProgram.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
