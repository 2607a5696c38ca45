using System.Net;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>The cluster has refused a call, or does not answer. The message is for people.</summary>
internal sealed class KubeException(string message, HttpStatusCode? status = null, string? reason = null, Exception? inner = null)
    : ExecutorUnreachableException(message, inner)
{
    /// <summary>Null where there was no answer.</summary>
    public HttpStatusCode? Status => status;

    /// <summary>The cluster's word for it: <c>AlreadyExists</c>.</summary>
    public string? Reason => reason;

    /// <summary>The call has not reached the cluster: it has changed nothing.</summary>
    public bool IsUnsent { get; init; }

    /// <summary>It comes of how this server is set up, and stays until somebody changes that.</summary>
    public bool IsLasting { get; private init; }

    /// <summary>Whether the same call may succeed a little later.</summary>
    public bool IsPassing =>
        !IsLasting && (status is null or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)status >= 500);

    /// <summary>The credentials cannot be used.</summary>
    public static KubeException Unusable(string message, Exception? inner = null) =>
        new(message, inner: inner) { IsUnsent = true, IsLasting = true };
}
