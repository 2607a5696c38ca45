using System.Net;

namespace Slipway.Client.Sending;

/// <summary>
/// How often something that broke off is begun again: as long as it comes forward, and for about a minute while it does not. A
/// server that is restarted is back by then.
/// </summary>
internal sealed class Tries
{
    private const int Most = 14;

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private int _failures;

    /// <summary>Something has come through; what failed before does not count any more.</summary>
    public void Succeed() => _failures = 0;

    /// <summary>Waits before the next try. Returns false when there is none: it was refused, or has failed too often.</summary>
    public async Task<bool> AgainAsync(Exception cause, CancellationToken cancellationToken)
    {
        if (!IsPassing(cause) || cancellationToken.IsCancellationRequested || ++_failures > Most)
        {
            return false;
        }
        var wait = First * Math.Pow(2, _failures - 1);
        await Task.Delay(wait < Longest ? wait : Longest, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether it may be over the next time.</summary>
    private static bool IsPassing(Exception exception) => exception switch
    {
        // 423 and 409: the request that broke off is still being wound up over there.
        SlipwayException { Status: { } status } => status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Locked or HttpStatusCode.Conflict,
        HttpRequestException or HttpIOException => true,
        _ => false,
    };
}
