using System.Net;
using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>Where no keys are kept: whoever is on this machine may call, nobody else.</summary>
internal sealed class LoopbackGate : ICallGate
{
    private static readonly OpenAiError Refusal = new(
        StatusCodes.Status401Unauthorized, OpenAiErrorTypes.Authentication,
        "No key is configured, so only this machine itself is let in. Make a key with: slipway keys create --name <name>",
        Code: "invalid_api_key");

    public ValueTask<Caller> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken) =>
        IsFromThisMachine(context) ? new ValueTask<Caller>(Anybody.Instance) : throw new OpenAiException(Refusal);

    // Behind a proxy every call comes from this machine.
    private static bool IsFromThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded");

    private sealed class Anybody : Caller
    {
        public static readonly Anybody Instance = new();

        public override ValueTask<CallPass> EnterAsync(HttpContext context, GatewayCall call, CancellationToken cancellationToken) =>
            new(FreePass.Instance);
    }

    private sealed class FreePass : CallPass
    {
        public static readonly FreePass Instance = new();

        public override void Settle(TokenUsage usage, int status)
        {
        }
    }
}
