using System.Diagnostics;
using System.Formats.Tar;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Features.Runs.Executors.Docker;

/// <summary>A real engine in a folder and with a socket of its own, without networks, and an image made of programs of this host.</summary>
public sealed class DockerDaemon : IAsyncLifetime
{
    private const string Image = "local/training:1";

    private static readonly string? Program = HostProgram.Find("dockerd");
    private static readonly string? Client = HostProgram.Find("docker");
    private static readonly string? Busybox = HostProgram.Find("busybox");

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-docker-");
    private Process? _process;

    /// <summary>Why there is none; null when there is.</summary>
    public string? Missing { get; private set; }

    public string Host => $"unix://{_root.FullName}/docker.sock";

    /// <summary>A folder of this host, outside of the engine's own.</summary>
    public string Folder => Path.Combine(_root.FullName, "host");

    private string LogFile => Path.Combine(_root.FullName, "dockerd.log");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        if (Program is null || Client is null || Busybox is null)
        {
            Missing = "dockerd, docker or busybox is not installed.";
        }
        else if (await StartAsync())
        {
            await ImportAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Missing is null)
        {
            if (await DockerAsync("ps", "-aq") is { Length: > 0 } containers)
            {
                await DockerAsync(["rm", "-f", .. containers.Split('\n')]);
            }
        }
        await StopAsync();
        _process?.Dispose();
        // With live-restore the engine leaves its folder mounted on itself, for containers that go on.
        foreach (var mount in File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')[1]).Where(IsOurs).Reverse().ToList())
        {
            await HostProgram.RunAsync("umount", [mount]);
        }
        _root.Delete(recursive: true);
    }

    public Task<string> DockerAsync(params string[] arguments) => HostProgram.RunAsync(Client!, ["-H", Host, .. arguments]);

    /// <summary>A running container that does nothing.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shell">What is to be its /bin/sh: busybox, or a program of this host that the image has too.</param>
    /// <param name="options">For docker run.</param>
    public async Task RunContainerAsync(string name, string shell = "busybox", params string[] options)
    {
        await DockerAsync(
        [
            "run", "-d", "--network=none", $"--name={name}", "-w", "/workspace", .. options, Image,
            "/bin/busybox", "sh", "-c", $"ln -sf {shell} /bin/sh; trap 'exit 0' TERM; while :; do busybox sleep 1; done",
        ]);
        await Patience.UntilAsync(
            async () => await DockerAsync("exec", name, "/bin/busybox", "readlink", "/bin/sh") == shell, () => "The container has no shell.");
    }

    /// <summary>Starts the engine; containers that it finds from before go on.</summary>
    public async Task<bool> StartAsync()
    {
        // A file, not a pipe: what it writes while nobody reads must not stop it.
        string[] arguments =
        [
            "--data-root", $"{_root.FullName}/data", "--exec-root", $"{_root.FullName}/exec", "--pidfile", $"{_root.FullName}/pid",
            "-H", Host, "--iptables=false", "--ip6tables=false", "--bridge=none", "--live-restore",
        ];
        _process?.Dispose();
        _process = Process.Start("sh", ["-c", "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1", "sh", LogFile, Program!, .. arguments]);
        var isUp = false;
        await Patience.UntilAsync(async () =>
        {
            isUp = File.Exists($"{_root.FullName}/docker.sock") && await AnswersAsync();
            return isUp || _process.HasExited;
        }, () => "dockerd does not begin to answer.");
        if (!isUp)
        {
            Missing = $"dockerd does not run here: {string.Join(' ', File.ReadLines(LogFile).TakeLast(3))}";
        }
        return isUp;
    }

    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            await Signals.SendAsync(_process, "TERM");
            await _process.WaitForExitAsync();
        }
    }

    private bool IsOurs(string path) => path.StartsWith(_root.FullName + "/", StringComparison.Ordinal);

    private async Task<bool> AnswersAsync()
    {
        using var process = Process.Start(new ProcessStartInfo(Client!, ["-H", Host, "version"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private async Task ImportAsync()
    {
        var path = Path.Combine(_root.FullName, "image.tar");
        await using (var file = File.Create(path))
        {
            await using var tar = new TarWriter(file, TarEntryFormat.Pax);
            foreach (var folder in new[] { "bin", "etc", "proc", "sys", "dev", "tmp", "workspace", "workspace/KTIP_Release_2.1.0/train/llm" })
            {
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, folder) { Mode = (UnixFileMode)0x3FF });
            }
            foreach (var applet in (await HostProgram.RunAsync(Busybox!, ["--list"])).Split('\n').Where(name => name is not ("busybox" or "sh")))
            {
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "busybox" });
            }
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "bin/sh") { LinkName = "busybox" });
            await AddAsync(tar, Busybox!, "bin/busybox");
            foreach (var (source, name) in await BashAsync())
            {
                await AddAsync(tar, source, name);
            }
        }
        await DockerAsync("import", path, Image);
        File.Delete(path);
    }

    /// <summary>bash of this host and the libraries that it needs.</summary>
    private static async Task<IEnumerable<(string Source, string Name)>> BashAsync()
    {
        var bash = HostProgram.Find("bash")!;
        var libraries = (await HostProgram.RunAsync("ldd", [bash])).Split('\n')
            .SelectMany(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word.StartsWith('/'));
        return [(bash, "bin/bash"), .. libraries.Select(library => (library, library[1..]))];
    }

    private static async Task AddAsync(TarWriter tar, string source, string name)
    {
        await using var data = File.OpenRead(source);
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)0b111_101_101, DataStream = data });
    }
}
