using System.Globalization;
using System.Net;

namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>A hub's refusals in words that tell what to do.</summary>
internal static class HubRefusal
{
    public static HubException Of(HubEndpoint hub, HubRequest request, Uri url, HttpResponseMessage response, TimeProvider clock)
    {
        var code = LinkedFacts.HeaderOf(response, "X-Error-Code");
        if (!hub.IsOrigin(url) && response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            // Addresses at the hub's storage end after a while; the hub itself gives a new one.
            return Transient($"Where {hub.Host} keeps its files answers {(int)response.StatusCode}.", response, clock);
        }
        return (response.StatusCode, code) switch
        {
            (_, "GatedRepo") => Gated(hub, request.Name),
            (_, "RevisionNotFound") => Missing($"'{request.Name.Repository}' has no revision '{request.Name.Revision}' at {hub.Host}; name a branch, a tag or a commit of it."),
            (_, "EntryNotFound") => Missing($"'{request.Name.Repository}' has no '{RemotePath.Shown(request.What)}' at {hub.Host} any more; pull it anew."),
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone, _) => NoRepository(hub, request.Name),
            (HttpStatusCode.RequestedRangeNotSatisfiable, _) =>
                new HubException($"'{RemotePath.Shown(request.What)}' is shorter at {hub.Host} than it lists.") { Fault = HubFault.Changed },
            (HttpStatusCode.TooManyRequests, _) => Transient($"{hub.Host} says that it is asked too often (429).{TokenHint(hub)}", response, clock),
            (HttpStatusCode.RequestTimeout, _) or ( >= HttpStatusCode.InternalServerError, _) =>
                Transient($"{hub.Host} answers {(int)response.StatusCode}.", response, clock),
            _ => new HubException($"{hub.Host} answers {(int)response.StatusCode} for '{RemotePath.Shown(request.What)}' of '{request.Name.Repository}'."),
        };
    }

    public static HubException NoRepository(HubEndpoint hub, HubName name) => Missing(string.Create(
        CultureInfo.InvariantCulture,
        $"There is no '{name}' at {hub.Host} that you may see. {(hub.Token is null ? $"A private one needs a token in {HubEndpoint.TokenVariable(hub.Kind)}." : $"The account of the token in {HubEndpoint.TokenVariable(hub.Kind)} may not see it, if it is there.")} Another hub is named with --hub or --endpoint."));

    private static HubException Gated(HubEndpoint hub, HubName name) => new(
        $"'{name.Repository}' is gated: its owner lets in those who accept its terms. Accept them at {hub.At("/" + name.Repository)}, then "
        + (hub.Token is null
            ? $"set {HubEndpoint.TokenVariable(hub.Kind)} to a token of the same account."
            : $"pull again; the account of the token in {HubEndpoint.TokenVariable(hub.Kind)} has not been let in so far."));

    private static HubException Missing(string message) => new(message) { Fault = HubFault.NotFound };

    private static HubException Transient(string message, HttpResponseMessage response, TimeProvider clock) => new(message)
    {
        Fault = HubFault.Transient,
        RetryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero,
            _ => null,
        },
    };

    private static string TokenHint(HubEndpoint hub) =>
        hub.Token is null ? $" With a token in {HubEndpoint.TokenVariable(hub.Kind)} it allows more." : "";
}
