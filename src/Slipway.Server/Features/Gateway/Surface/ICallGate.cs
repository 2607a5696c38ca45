namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>Decides who may call. Throws <see cref="Errors.OpenAiException"/> to turn a call away.</summary>
internal interface ICallGate
{
    /// <summary>Who calls; asked before anything of the body is read.</summary>
    ValueTask<Caller> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken);
}

/// <summary>Somebody who may call, for the length of one request.</summary>
internal abstract class Caller
{
    /// <summary>Whether this caller may know of a model at all; others are not listed and not suggested.</summary>
    public virtual bool MaySee(string model) => true;

    /// <summary>Throws where this caller may not use a model, whether there is one of that name or not.</summary>
    public virtual void Permit(string model)
    {
    }

    /// <summary>Admits one call within the caller's limits; headers about those may be set on the response.</summary>
    /// <param name="context">Of the call.</param>
    /// <param name="call">What was asked for.</param>
    /// <param name="model">The name of its route, under which it is priced and counted.</param>
    /// <param name="cancellationToken">The client left.</param>
    public abstract ValueTask<CallPass> EnterAsync(HttpContext context, GatewayCall call, string model, CancellationToken cancellationToken);
}

/// <summary>One admitted call.</summary>
internal abstract class CallPass
{
    /// <summary>Told exactly once, however the call ended.</summary>
    /// <param name="usage">What it came to, also when the client left early.</param>
    /// <param name="status">The HTTP status; 499 when the client left.</param>
    public abstract void Settle(TokenUsage usage, int status);
}
