using System.Diagnostics;

namespace Slipway.Server.Tests.Platform.Devices;

/// <summary>A real shared library with NVML's calls, compiled from C here: it shows that calls and layouts are right.</summary>
internal sealed class StubNvml : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-nvml-").FullName;

    public StubNvml(string code)
    {
        Path = System.IO.Path.Combine(_folder, "libstub-nvml.so");
        var source = System.IO.Path.Combine(_folder, "stub.c");
        File.WriteAllText(source, code);
        using var gcc = Process.Start(new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-Wall", "-Werror", "-o", Path, source])
        {
            RedirectStandardError = true,
        })!;
        var errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.True(gcc.ExitCode == 0, errors);
    }

    public string Path { get; }

    public static bool CanCompile => OperatingSystem.IsLinux()
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(System.IO.Path.Combine(folder, "gcc")));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
