using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Executors.Kubernetes;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>A cluster, and executors as servers that were just started would make them.</summary>
internal sealed class KubernetesSite : IAsyncDisposable
{
    private readonly ConcurrentBag<ServiceProvider> _servers = [];
    private readonly Dictionary<string, string?> _settings;

    private KubernetesSite(ClusterStandIn cluster, bool hasVolume)
    {
        Cluster = cluster;
        Directory.CreateDirectory(HostPath);
        _settings = new()
        {
            ["Kubeconfig"] = cluster.WriteKubeconfig(),
            ["Image"] = "training:1",
            ["Namespace"] = ClusterStandIn.Namespace,
            ["WorkingDirectory"] = cluster.Folder,
            ["Pace"] = "00:00:00.050",
            ["StopGrace"] = "00:00:30",
            ["CallTimeout"] = "00:00:10",
            ["StartPatience"] = "00:00:03",
            ["ClaimName"] = hasVolume ? "runs" : null,
            ["HostPath"] = hasVolume ? HostPath : null,
        };
    }

    public ClusterStandIn Cluster { get; }

    /// <summary>The claim's volume.</summary>
    public string HostPath => Path.Combine(Cluster.Node.Claims, "runs");

    public static async Task<KubernetesSite> StartAsync(bool hasVolume = true) => new(await ClusterStandIn.StartAsync(), hasVolume);

    /// <summary>For the executors that are made from now on.</summary>
    public KubernetesSite With(string setting, string? value)
    {
        _settings[setting] = value;
        return this;
    }

    public IExecutor NewExecutor()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(_settings.Select(pair => KeyValuePair.Create($"Training:Kubernetes:{pair.Key}", pair.Value)))
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(TimeProvider.System);
        services.AddLogging();
        services.AddKubernetesExecutor();
        var server = services.BuildServiceProvider();
        _servers.Add(server);
        _ = server.GetRequiredService<IOptions<KubernetesOptions>>().Value;
        return server.GetRequiredService<IExecutor>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
        await Cluster.DisposeAsync();
    }
}
