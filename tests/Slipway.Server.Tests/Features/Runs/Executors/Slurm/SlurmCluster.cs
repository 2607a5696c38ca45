using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Slipway.Server.Features.Runs.Executors.Slurm;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Features.Runs.Executors.Slurm;

/// <summary>A real cluster of one node: munge, a controller and a node's daemon in a folder of their own, with two GPUs that are none.</summary>
public sealed class SlurmCluster : IAsyncLifetime
{
    private static readonly string[] Needed = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sacct", "scancel"];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-slurm-");
    private readonly List<Process> _daemons = [];
    private Process? _controller;

    /// <summary>Why there is none; null when there is.</summary>
    public string? Missing { get; private set; }

    /// <summary>Where the tests' own variants of Slurm's programs may lie.</summary>
    public string Folder => _root.FullName;

    private string Configuration => In("slurm.conf");

    public async ValueTask InitializeAsync()
    {
        if (Needed.FirstOrDefault(name => HostProgram.Find(name) is null) is { } missing)
        {
            Missing = $"{missing} is not installed.";
            return;
        }
        if (Environment.UserName != "root")
        {
            Missing = "Slurm's node daemon needs to be root.";
            return;
        }
        // munge looks at the modes of all folders above its socket.
        HostProgram.SetMode(_root.FullName, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(In("state"));
        Directory.CreateDirectory(In("spool"));
        await WriteConfigurationAsync();
        foreach (var gpu in new[] { "gpu0", "gpu1" })
        {
            await HostProgram.RunAsync("mknod", [In(gpu), "c", "1", "3"]);
        }
        await File.WriteAllBytesAsync(In("munge.key"), Enumerable.Range(0, 128).Select(number => (byte)number).ToArray());
        HostProgram.SetMode(In("munge.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _daemons.Add(Start("munged", "--foreground", "--force", $"--socket={In("munge.socket")}", $"--key-file={In("munge.key")}",
            $"--pid-file={In("munge.pid")}", $"--log-file={In("munged.log")}", $"--seed-file={In("munge.seed")}"));
        await Patience.UntilAsync(() => Task.FromResult(File.Exists(In("munge.socket"))), () => Log("munged"));
        await StartControllerAsync();
        _daemons.Add(Start("slurmd", "-D", "-N", Dns.GetHostName()));
        await Patience.UntilAsync(
            async () => (await RunAsync("sinfo", "-h", "-o", "%t")) is "idle" || Missing is not null, () => Log("slurmd") + Log("slurmctld"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_controller is not null)
        {
            await RunAsync("scancel", "--state=RUNNING", "--user=root");
            await Patience.UntilAsync(async () => await RunAsync("squeue", "-h", "-t", "running,completing") is "", () => "Jobs do not end.");
            await StopControllerAsync();
        }
        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            await EndAsync(daemon);
        }
        _root.Delete(recursive: true);
    }

    /// <summary>Settings by which the executor finds this cluster: programs that know its configuration.</summary>
    internal SlurmOptions Options(TimeSpan pace) => new()
    {
        Sbatch = Script("sbatch"),
        Squeue = Script("squeue"),
        Scontrol = Script("scontrol"),
        Sacct = Script("sacct"),
        Scancel = Script("scancel"),
        Pace = pace,
    };

    public Task<string> RunAsync(string program, params string[] arguments) =>
        HostProgram.RunAsync(program, arguments, ("SLURM_CONF", Configuration));

    public async Task StartControllerAsync()
    {
        _controller = Start("slurmctld", "-D");
        await Patience.UntilAsync(async () =>
        {
            Assert.False(_controller.HasExited, Log("slurmctld"));
            return (await RunAsync("sh", "-c", "scontrol ping || true")).Contains(" is UP", StringComparison.Ordinal);
        }, () => Log("slurmctld"));
    }

    public Task StopControllerAsync() => EndAsync(_controller!);

    /// <summary>Waits until the controller does not know a job any more.</summary>
    public Task ForgetsAsync(string id) => Patience.UntilAsync(
        async () => (await RunAsync("sh", "-c", $"squeue -h -t all -j {id} 2>&1 || true")).Contains("Invalid job id", StringComparison.Ordinal),
        () => $"The controller still knows job {id}.");

    private static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
        {
            await Signals.SendAsync(process, "TERM");
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    private string In(string name) => Path.Combine(_root.FullName, name);

    private string Log(string daemon) => File.Exists(In($"{daemon}.log")) ? string.Join('\n', File.ReadLines(In($"{daemon}.log")).TakeLast(10)) : "";

    private string Script(string program)
    {
        var path = In(program);
        if (!File.Exists(path))
        {
            File.WriteAllText(path, $"#!/bin/sh\nSLURM_CONF={Configuration} exec {HostProgram.Find(program)} \"$@\"\n");
            HostProgram.SetMode(path, (UnixFileMode)0b111_101_101);
        }
        return path;
    }

    private Process Start(string daemon, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "sh", ["-c", "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1", "sh", In($"{daemon}.log"), HostProgram.Find(daemon)!, .. arguments]);
        start.Environment["SLURM_CONF"] = Configuration;
        return Process.Start(start)!;
    }

    private async Task WriteConfigurationAsync()
    {
        var host = Dns.GetHostName();
        await File.WriteAllTextAsync(Configuration, $"""
            ClusterName=slipway
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            CredType=cred/munge
            AuthInfo=socket={In("munge.socket")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            JobCompType=jobcomp/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            ReturnToService=2
            MpiDefault=none
            SlurmctldPidFile={In("slurmctld.pid")}
            SlurmdPidFile={In("slurmd.pid")}
            SlurmdSpoolDir={In("spool")}
            StateSaveLocation={In("state")}
            SlurmctldPort={FreePort()}
            SlurmdPort={FreePort()}
            MinJobAge=5
            KillWait=3
            CompleteWait=0
            SlurmdParameters=config_overrides
            GresTypes=gpu
            NodeName={host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=1000 Gres=gpu:2 State=UNKNOWN
            PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:8
            PartitionName=closed Nodes={host} MaxTime=INFINITE State=DOWN

            """);
        await File.WriteAllTextAsync(In("gres.conf"), $"NodeName={host} Name=gpu File={In("gpu[0-1]")}\n");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
