using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>With a volume that the pods and this host share.</summary>
public sealed class KubernetesExecutorSuiteTests : ExecutorSuite
{
    private KubernetesSite _site = null!;

    private protected override string SeenWorkingDirectory => _site.Cluster.Folder;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _site = await KubernetesSite.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _site.DisposeAsync();
        await base.DisposeAsync();
    }

    private protected override IExecutor NewExecutor() => _site.NewExecutor();

    private protected override Task TellAsync(Launch launch, string handle, string name)
    {
        File.WriteAllText(Path.Combine(_site.HostPath, launch.Name, name), "");
        return Task.CompletedTask;
    }

    /// <summary>Somebody deletes the Job, and the cluster forgets it with its pod at once.</summary>
    private protected override Task VanishAsync(Launch launch, string handle)
    {
        var pod = _site.Cluster.PodOf(launch.Name)["metadata"]!;
        _site.Cluster.Store.Remove("jobs", ClusterStandIn.Namespace, launch.Name);
        _site.Cluster.Store.Remove("pods", ClusterStandIn.Namespace, pod["name"]!.GetValue<string>());
        _site.Cluster.Node.ProcessOf(pod["uid"]!.GetValue<string>()).Kill();
        return Task.CompletedTask;
    }
}
