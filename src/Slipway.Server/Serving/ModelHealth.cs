using Slipway.Server.Platform.Health;
using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Serving;

/// <summary>Whether the model can answer.</summary>
internal sealed class ModelHealth(ModelHost host) : IHealthSource
{
    /// <summary>What is in the way of an answer; null when nothing is.</summary>
    public Sentence? Fault
    {
        get
        {
            if (host.Current is { } model)
            {
                return model.Engine.LastFault is null ? null : ServingSentences.StepFailed;
            }

            return host.Loading is { } loading
                ? ServingSentences.Loading(loading.Source.FileName, loading.Percent)
                : ServingSentences.NoModel(host.LastFailure);
        }
    }

    public HealthPart Read()
    {
        var load = host.Current?.Engine.Load ?? default;
        return new HealthPart(StateOf(), Fault?.English ?? "")
        {
            ModelLoaded = host.Current is not null,
            Running = load.Running,
            Waiting = load.Waiting,
        };
    }

    // Without a model the rest of the server still works; a model that fails is what it is there for.
    private HealthState StateOf() =>
        Fault is null ? HealthState.Healthy
        : host.Current is not null || host.LastFailure is not null ? HealthState.Unhealthy
        : HealthState.Degraded;
}
