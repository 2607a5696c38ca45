using System.Text;
using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>One upstream with what is known of its state. Lives as long as some route or some call needs it.</summary>
internal sealed class Replica
{
    private const int Retired = 1 << 30;

    private int _inFlight;
    private string? _incarnation;

    public Replica(UpstreamOptions options, IUpstream upstream, Breaker breaker, string model)
    {
        (Options, Upstream, Breaker, Model) = (options, upstream, breaker, model);
        _incarnation = options.Incarnation;
        Hash = PrefixHash.Of(Encoding.UTF8.GetBytes($"{options.Kind}\n{options.BaseUrl}\n{options.Name}\n{options.Model}\n{options.TargetVariant}"));
    }

    public UpstreamOptions Options { get; }

    public IUpstream Upstream { get; }

    public Breaker Breaker { get; }

    /// <summary>What the upstream calls the model.</summary>
    public string Model { get; }

    /// <summary>The same in every gateway that has this upstream.</summary>
    public ulong Hash { get; }

    public int InFlight => Volatile.Read(ref _inFlight) & ~Retired;

    /// <summary>Says which start of the server is behind it: at another one than before, nothing is held against it any more.</summary>
    public void LivesAs(string? incarnation)
    {
        if (Interlocked.Exchange(ref _incarnation, incarnation) != incarnation)
        {
            Breaker.Reset();
        }
    }

    public void Enter() => Interlocked.Increment(ref _inFlight);

    public void Leave() => DisposeAtZero(Interlocked.Decrement(ref _inFlight));

    /// <summary>No route names it any more; its last call takes it away.</summary>
    public void Retire() => DisposeAtZero(Interlocked.Add(ref _inFlight, Retired));

    private void DisposeAtZero(int inFlight)
    {
        if (inFlight == Retired)
        {
            (Upstream as IDisposable)?.Dispose();
        }
    }
}
