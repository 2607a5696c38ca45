using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>An answer with the replica that gives it, which is told how it went.</summary>
internal readonly struct RoutedAnswer(UpstreamAnswer answer, Replica replica)
{
    public UpstreamAnswer Answer => answer;

    public Replica Replica => replica;

    /// <summary>Ends the answer, wherever it stands.</summary>
    /// <param name="isSound">True: it came to its end. False: the upstream broke off. Null: nobody waited for the end.</param>
    public async ValueTask EndAsync(bool? isSound)
    {
        switch (isSound)
        {
            case true:
                replica.Breaker.Succeeded();
                break;
            case false:
                replica.Breaker.Failed();
                break;
            default:
                replica.Breaker.Unclear();
                break;
        }

        replica.Leave();
        await answer.DisposeAsync();
    }
}
