using System.Collections.Concurrent;
using Slipway.Server.Tests.Features.Runs.Executors.Docker;
using Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;
using Slipway.Server.Tests.Features.Runs.Executors.Slurm;

namespace Slipway.Server.Tests.Features.Runs.Kills;

/// <summary>A data folder, a training directory, and the outside worlds in which runs of the servers to be killed go on.</summary>
internal sealed class KillGround : IAsyncDisposable
{
    private const string Config = """
        model_name_or_path: slipway-tiny
        stage: sft
        finetuning_type: full
        dataset: books
        output_dir: out
        cutoff_len: 64
        per_device_train_batch_size: 4
        num_train_epochs: 4
        learning_rate: 5.0e-4
        logging_steps: 2
        save_steps: 10
        gguf: [q8_0]
        huggingface: false
        """;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-kills-");
    private readonly DockerDaemon _docker;
    private readonly ClusterStandIn _cluster;
    private readonly List<string> _containers = [];
    private readonly List<(string Name, string Value)> _variables = [];

    private KillGround(DockerDaemon docker, ClusterStandIn cluster) => (_docker, _cluster) = (docker, cluster);

    /// <summary>The executors that there are here.</summary>
    public List<string> Executors { get; } = ["local", "builtin", "kubernetes"];

    public ConcurrentQueue<string> Log { get; } = new();

    public string DataFolder => Path.Combine(_root.FullName, "data");

    /// <summary>Where processes tell the truth.</summary>
    public string TruthFolder => Path.Combine(TrainingFolder, "truth");

    private string TrainingFolder => Path.Combine(_root.FullName, "training");

    public static async Task<KillGround> MakeAsync(DockerDaemon docker, SlurmCluster slurm)
    {
        var ground = new KillGround(docker, await ClusterStandIn.StartAsync());
        Directory.CreateDirectory(ground.DataFolder);
        Directory.CreateDirectory(ground.TruthFolder);
        await File.WriteAllTextAsync(Path.Combine(ground.TrainingFolder, "train.sh"), Truth.Script);
        await File.WriteAllTextAsync(Path.Combine(ground.TrainingFolder, "train.yaml"), Config);
        await File.WriteAllLinesAsync(Path.Combine(ground.TrainingFolder, "data.jsonl"), Enumerable.Range(0, 24).Select(
            number => $$"""{"instruction":"What is {{number}} and one?","output":"It is {{number + 1}}."}"""));
        ground.Set("SLIPWAY_DATA", ground.DataFolder);
        ground.Set("Training__Folder", ground.TrainingFolder);
        ground.Set("Training__Command__0", "sh");
        ground.Set("Training__Command__1", Path.Combine(ground.TrainingFolder, "train.sh"));
        ground.Set("Training__Command__2", "{config}");
        ground.Set("Training__Gpus", "0");
        ground.Set("Training__MaxRunsWithoutGpu", "6");
        ground.Set("Training__StopGraceSeconds", "1");
        ground.UseCluster();
        ground.UseSlurm(slurm);
        await ground.UseDockerAsync();
        return ground;
    }

    public MortalServer Start() => MortalServer.Start([.. _variables], Log);

    /// <summary>What ended attempts have left in containers and cluster.</summary>
    public async Task<IEnumerable<string>> LeftoversAsync()
    {
        List<string> left = [.. _cluster.Store.List("jobs", ClusterStandIn.Namespace).Select(job => $"job {job["metadata"]!["name"]}")];
        foreach (var container in _containers)
        {
            var names = await _docker.DockerAsync("exec", container, "sh", "-c", "ls /tmp/slipway 2>/dev/null || true");
            left.AddRange(names.Split('\n').Where(name => name.StartsWith("run-", StringComparison.Ordinal)).Select(name => $"{container}: {name}"));
        }
        return left;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        foreach (var container in _containers)
        {
            await _docker.DockerAsync("rm", "-f", container);
        }
        TestData.Delete(_root.FullName);
    }

    private void UseCluster()
    {
        var volume = Path.Combine(_cluster.Node.Claims, "runs");
        Directory.CreateDirectory(volume);
        Set("Training__Kubernetes__Kubeconfig", _cluster.WriteKubeconfig());
        Set("Training__Kubernetes__Image", "training:1");
        Set("Training__Kubernetes__Namespace", ClusterStandIn.Namespace);
        Set("Training__Kubernetes__WorkingDirectory", TrainingFolder);
        Set("Training__Kubernetes__Pace", "00:00:00.200");
        Set("Training__Kubernetes__StopGrace", "00:00:05");
        Set("Training__Kubernetes__ClaimName", "runs");
        Set("Training__Kubernetes__HostPath", volume);
    }

    private void UseSlurm(SlurmCluster slurm)
    {
        if (!Requirement.IsMet(slurm.Missing is null, slurm.Missing ?? ""))
        {
            return;
        }
        var options = slurm.Options(TimeSpan.FromMilliseconds(300));
        Set("Training__Slurm__Sbatch", options.Sbatch);
        Set("Training__Slurm__Squeue", options.Squeue);
        Set("Training__Slurm__Scontrol", options.Scontrol);
        Set("Training__Slurm__Sacct", options.Sacct);
        Set("Training__Slurm__Scancel", options.Scancel);
        Set("Training__Slurm__Pace", "00:00:00.300");
        Executors.Add("slurm");
    }

    /// <summary>One container that sees nothing of the data folder, and one that sees it.</summary>
    private async Task UseDockerAsync()
    {
        if (!Requirement.IsMet(_docker.Missing is null, _docker.Missing ?? ""))
        {
            return;
        }
        await RunContainerAsync("apart");
        await RunContainerAsync("shared", "-v", $"{DataFolder}:{DataFolder}");
        Set("Training__Docker__Host", _docker.Host);
        Set("Training__Docker__Container", "apart");
        Set("Training__Docker__WorkingDirectory", TrainingFolder);
        Set("Training__Docker__Pace", "00:00:00.300");
        Executors.Add("docker");
    }

    private async Task RunContainerAsync(string name, params string[] options)
    {
        await _docker.RunContainerAsync(name, "busybox", ["-v", $"{TrainingFolder}:{TrainingFolder}", .. options]);
        _containers.Add(name);
    }

    private void Set(string name, string value) => _variables.Add((name, value));
}
