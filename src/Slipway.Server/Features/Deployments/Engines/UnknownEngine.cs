namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>
/// Stands for an engine that another version of this program knew: what runs of it is looked after and can be ended, and nothing is
/// started.
/// </summary>
internal sealed class UnknownEngine(string name) : IServingEngine
{
    public string Name => name;

    public bool UsesGpus => false;

    public bool TakesHubNames => false;

    public string HealthPath => "/health";

    public string MetricsPath => "/metrics";

    public string Absence() =>
        $"This version of Slipway knows no engine '{ArgumentRules.Shorten(name)}': another version has made this deployment. Run that one, or remove the deployment.";

    public string? FaultOf(IReadOnlyList<string> extraArguments) => Absence();

    public int GpusOf(IReadOnlyList<string> extraArguments) => 0;

    public long ClaimOf(ServerOrder order, long gpuBytes) => 0;

    public ServerCommand CommandFor(ServerOrder order) => throw new InvalidOperationException(Absence());

    public EngineFigures? ReadFigures(string text) => null;
}
