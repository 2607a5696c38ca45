using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Executors.Docker;

namespace Slipway.Server.Tests.Features.Runs.Executors.Docker;

/// <summary>The shared suite in a container of its own.</summary>
public abstract class DockerSuite(DockerDaemon daemon) : ExecutorSuite
{
    private readonly List<IDisposable> _made = [];

    protected DockerDaemon Daemon => daemon;

    protected string Container { get; } = $"training-{Guid.NewGuid():N}"[..20];

    private protected override string SeenWorkingDirectory => "/workspace/KTIP_Release_2.1.0/train/llm";

    private protected virtual DockerOptions Options => new()
    {
        Host = daemon.Host,
        Container = Container,
        Pace = TimeSpan.FromMilliseconds(50),
    };

    public override async ValueTask InitializeAsync()
    {
        Requirement.Check(daemon.Missing is null, daemon.Missing ?? "");
        await base.InitializeAsync();
        await StartContainerAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _made.ForEach(made => made.Dispose());
        if (daemon.Missing is null)
        {
            await daemon.DockerAsync("rm", "-f", Container);
        }
        await base.DisposeAsync();
    }

    private protected abstract Task StartContainerAsync();

    private protected override IExecutor NewExecutor()
    {
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var engine = new DockerEngine(options, new ConfigurationBuilder().Build());
        var watch = new ContainerWatch(engine, options, TimeProvider.System);
        _made.AddRange([engine, watch]);
        return new DockerExecutor(engine, watch, options, NullLogger<DockerExecutor>.Instance);
    }
}
