using Microsoft.AspNetCore.Http.Features;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Telemetry;
using Slipway.Server.Serving;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Generation.Figures;

/// <summary>A call under way, with what its texts have taken so far.</summary>
internal sealed class CountedCall
{
    private readonly EndpointMeter _meter;
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly Lock _gate = new();
    private CompletionAccount _account;
    private bool _hasBegun;

    public CountedCall(EndpointMeter meter, TimeProvider clock)
    {
        (_meter, _clock, _started) = (meter, clock, clock.GetTimestamp());
        meter.Enter();
    }

    public static CountedCall Of(HttpContext context) => context.Features.GetRequiredFeature<CountedCall>();

    /// <summary>Reads a completion to its end, gives its model back and counts what it took, also where it breaks off.</summary>
    public async Task<IReadOnlyList<WrittenChoice>> ReadAsync(Completion completion, CancellationToken cancellationToken)
    {
        try
        {
            return await completion.ReadToEndAsync(Begin, cancellationToken);
        }
        finally
        {
            await completion.DisposeAsync();
            Add(completion.Account);
        }
    }

    /// <summary>Ends the count, and tells the request's log line and its key's books of the tokens.</summary>
    public void Leave(HttpContext context, bool succeeded)
    {
        CompletionAccount account;
        bool hasBegun;
        lock (_gate)
        {
            (account, hasBegun) = (_account, _hasBegun);
        }

        _meter.Leave(hasBegun, account, succeeded ? _clock.GetElapsedTime(_started).TotalSeconds : null);
        if (account != default && context.Features.Get<RequestCounts>() is { } counts)
        {
            (counts.PromptTokens, counts.CompletionTokens) = (account.Prompt, account.Completion);
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            if (!_hasBegun)
            {
                _hasBegun = true;
                _meter.Begin();
            }
        }
    }

    private void Add(CompletionAccount account)
    {
        lock (_gate)
        {
            _account = _account with
            {
                Prompt = _account.Prompt + account.Prompt,
                Completion = _account.Completion + account.Completion,
            };
        }
    }
}

internal static class CountedEndpoints
{
    /// <summary>Counts the endpoint's calls. To be said before the body's rules, or calls that these refuse are not among them.</summary>
    public static RouteHandlerBuilder Counts(this RouteHandlerBuilder endpoint, string name) => endpoint.AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        var services = http.RequestServices;
        var call = services.GetRequiredService<GenerationMeters>().Enter(name);
        http.Features.Set(call);
        var succeeded = false;
        try
        {
            var result = await next(context);
            succeeded = result is not IStatusCodeHttpResult { StatusCode: >= StatusCodes.Status400BadRequest };
            return result;
        }
        catch (OperationCanceledException) when (
            services.GetRequiredService<StopGrace>().Ended.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return ErrorResult.Unavailable(ServingSentences.Stopping.For(http.Request));
        }
        finally
        {
            call.Leave(http, succeeded);
        }
    });
}
