namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>How much of an upstream's answer is taken. Follows the configuration; upstreams read it on every call.</summary>
internal sealed class AnswerLimits
{
    private volatile int _answerBytes = new GatewayOptions().MaxAnswerBytes;
    private volatile int _eventBytes = new GatewayOptions().MaxEventBytes;

    /// <summary>Of a whole answer.</summary>
    public int AnswerBytes => _answerBytes;

    /// <summary>Of one event of a stream.</summary>
    public int EventBytes => _eventBytes;

    public void Follow(GatewayOptions options) => (_answerBytes, _eventBytes) = (options.MaxAnswerBytes, options.MaxEventBytes);
}
