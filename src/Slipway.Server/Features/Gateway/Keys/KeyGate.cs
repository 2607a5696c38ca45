using Slipway.Server.Features.Gateway.Limits;
using Slipway.Server.Features.Gateway.Surface;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Keys;

/// <summary>Lets calls in by their keys, each within its key's limits, and books what they came to.</summary>
internal sealed class KeyGate(AccessGate access, Limiter limiter) : ICallGate
{
    public ValueTask<Caller> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var key = access.AuthenticateAsync(context, cancellationToken);
        return key.IsCompletedSuccessfully ? new ValueTask<Caller>(new KeyHolder(key.Result, limiter)) : AwaitAsync(key);

        async ValueTask<Caller> AwaitAsync(ValueTask<ApiKey?> pending) => new KeyHolder(await pending, limiter);
    }

    /// <param name="key">Null for somebody on this machine, where no key is configured.</param>
    /// <param name="limiter">Admits the calls.</param>
    private sealed class KeyHolder(ApiKey? key, Limiter limiter) : Caller
    {
        public override bool MaySee(string model) => key is null || key.MayUse(model);

        public override void Permit(string model) => AccessGate.Permit(key, model);

        public override async ValueTask<CallPass> EnterAsync(
            HttpContext context, GatewayCall call, string model, CancellationToken cancellationToken)
        {
            try
            {
                var admission = await limiter.EnterAsync(key, model, CallSize.Tokens(call.Body.Length), cancellationToken);
                admission.Headers.WriteTo(context.Response.Headers);
                return new AdmittedCall(admission);
            }
            catch (LimitException exception)
            {
                exception.Headers.WriteTo(context.Response.Headers);
                throw;
            }
        }
    }

    private sealed class AdmittedCall(Admission admission) : CallPass
    {
        public override void Settle(TokenUsage usage, int status)
        {
            // A call that failed before anything was produced is not booked.
            if (status < StatusCodes.Status400BadRequest || usage.Total > 0)
            {
                admission.Settle(usage);
            }

            admission.Dispose();
        }
    }
}
