using System.Numerics;
using System.Security.Cryptography;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Metrics;
using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>
/// Gets the beginning of an answer: chooses a replica, tries again elsewhere what may be tried again, falls back to other
/// routes. Once it has returned, part of the answer may be with the client and nothing is tried again.
/// </summary>
internal sealed class Dispatcher(RouteTable routes, GatewayMetrics metrics, TimeProvider clock)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ShortestRetryAfter = TimeSpan.FromSeconds(1);

    /// <exception cref="OpenAiException">No upstream answered; the error is for the client.</exception>
    /// <exception cref="OperationCanceledException">The client left or the server stops.</exception>
    public async ValueTask<RoutedAnswer> SendAsync(ModelRoute route, GatewayCall call, ulong prefix, CallWatch watch)
    {
        watch.LimitWhole(route.Options.Timeouts.Whole);
        try
        {
            return await TryRouteAsync(route, call, prefix, watch);
        }
        catch (UpstreamException exception) when (MayFallBack(route, exception, watch))
        {
            return await FallBackAsync(route, exception, call, prefix, watch);
        }
    }

    private async ValueTask<RoutedAnswer> FallBackAsync(ModelRoute route, UpstreamException last, GatewayCall call, ulong prefix, CallWatch watch)
    {
        foreach (var name in route.Options.Fallbacks)
        {
            if (routes.Find(name) is not { } fallback)
            {
                continue;
            }

            try
            {
                metrics.FellBack(route.Name);
                return await TryRouteAsync(fallback, call, prefix, watch);
            }
            catch (UpstreamException exception) when (MayFallBack(route, exception, watch))
            {
                last = exception;
            }
        }

        throw last;
    }

    private static bool MayFallBack(ModelRoute route, UpstreamException exception, CallWatch watch) =>
        exception.Fault is not UpstreamFault.Request && !watch.IsOver && route.Options.Fallbacks.Count > 0;

    private async ValueTask<RoutedAnswer> TryRouteAsync(ModelRoute route, GatewayCall call, ulong prefix, CallWatch watch)
    {
        UpstreamException? last = null;
        var (tried, useless) = (0UL, 0UL);
        for (var attempt = 0; ; attempt++)
        {
            var replica = route.Choice.Take(prefix, tried);
            if (replica is null)
            {
                // All were tried on this call, or all are left alone: wait for the first that comes back, if that is soon. A call
                // that has asked nobody yet waits for busy ones only; nobody knows that broken ones will be back by then.
                var pause = Pause(route, attempt, last);
                if ((last is null && !route.IsBusy) || attempt > route.Options.Retries || pause > route.Options.MaxRetryDelay)
                {
                    throw last ?? NoneReady(route);
                }

                await WaitAsync(pause, watch);
                tried = useless;
                replica = route.Choice.Take(prefix, tried);
                if (replica is null)
                {
                    // A timer may come some milliseconds before its time.
                    await WaitAsync(TimerSlack, watch);
                    replica = route.Choice.Take(prefix, tried) ?? throw last ?? NoneReady(route);
                }
            }

            try
            {
                return await TryReplicaAsync(route, replica, call, watch);
            }
            catch (UpstreamException exception) when (exception.Fault is not UpstreamFault.Request && !watch.IsOver)
            {
                last = exception;
                tried |= route.Choice.BitOf(replica);
                useless |= exception.IsLasting ? route.Choice.BitOf(replica) : 0;
                if (attempt >= route.Options.Retries || BitOperations.PopCount(useless) == route.Replicas.Count)
                {
                    throw;
                }

                metrics.Retried(route.Name);
            }
        }
    }

    private static async ValueTask<RoutedAnswer> TryReplicaAsync(ModelRoute route, Replica replica, GatewayCall call, CallWatch watch)
    {
        // A whole answer's first byte is its last: only streams are held to the first token's limit.
        watch.BeginTry(call.Stream ? route.Options.Timeouts.FirstToken : TimeSpan.Zero);
        replica.Enter();
        var leaves = true;
        try
        {
            var answer = await replica.Upstream.SendAsync(call, replica.Model, watch.Token);
            leaves = false;
            return new RoutedAnswer(answer, replica);
        }
        catch (UpstreamException exception)
        {
            Judge(replica, exception);
            throw;
        }
        catch (OperationCanceledException) when (watch.Stopped is CallStop.FirstTokenLate or CallStop.WholeLate)
        {
            replica.Breaker.Failed();
            throw TooLate(watch.Stopped);
        }
        catch
        {
            // The client left, or the engine's own refusal of the request.
            replica.Breaker.Unclear();
            throw;
        }
        finally
        {
            if (leaves)
            {
                replica.Leave();
            }
        }
    }

    private static void Judge(Replica replica, UpstreamException exception)
    {
        switch (exception.Fault)
        {
            case UpstreamFault.Request:
                replica.Breaker.Succeeded();
                break;
            case UpstreamFault.Busy:
                replica.Breaker.Unclear(exception.Error.RetryAfter);
                break;
            default:
                replica.Breaker.Failed();
                break;
        }
    }

    public static UpstreamException TooLate(CallStop stop) => new(UpstreamFault.TimedOut, new OpenAiError(
        StatusCodes.Status504GatewayTimeout, OpenAiErrorTypes.Timeout, stop switch
        {
            CallStop.FirstTokenLate => "The model did not begin to answer in time.",
            CallStop.TokenLate => "The model stopped answering before its answer was complete.",
            _ => "The call took longer than is allowed here.",
        }, Code: "timeout"));

    private static TimeSpan Pause(ModelRoute route, int attempt, UpstreamException? last)
    {
        var backoff = FirstDelay * Math.Pow(2, Math.Min(attempt, 16));
        // Half of it by chance: those who failed together do not come back together.
        var jittered = backoff * (0.5 + (RandomNumberGenerator.GetInt32(1000) / 2000.0));
        var asked = last?.Error.RetryAfter ?? TimeSpan.Zero;
        var wait = route.Wait();
        var shortest = jittered < route.Options.MaxRetryDelay ? jittered : route.Options.MaxRetryDelay;
        return Longest(shortest, route.Replicas.Count == 1 ? Longest(asked, wait) : wait);
    }

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static UpstreamException NoneReady(ModelRoute route)
    {
        var wait = Longest(route.Wait(), ShortestRetryAfter);
        return new UpstreamException(UpstreamFault.Busy, new OpenAiError(
            StatusCodes.Status503ServiceUnavailable, OpenAiErrorTypes.Upstream,
            $"Nothing that serves '{route.Name}' can be used at the moment.", Code: "upstream_unavailable",
            RetryAfter: wait < TimeSpan.FromHours(1) ? wait : TimeSpan.FromHours(1)));
    }

    private async ValueTask WaitAsync(TimeSpan pause, CallWatch watch)
    {
        watch.BeginTry(TimeSpan.Zero);
        try
        {
            await Task.Delay(pause, clock, watch.Token);
        }
        catch (OperationCanceledException) when (watch.Stopped is CallStop.WholeLate)
        {
            throw TooLate(CallStop.WholeLate);
        }
    }
}
