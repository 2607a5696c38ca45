using System.Net;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>The questions that are asked of the cluster.</summary>
internal static class KubeObserver
{
    /// <summary>The Job; null when it is not there, or another one has its name.</summary>
    /// <exception cref="KubeException">Nobody knows.</exception>
    public static async Task<KubeJob?> FindAsync(KubeApi api, JobPlace place, CancellationToken cancellationToken)
    {
        try
        {
            var job = await api.GetAsync(place.Job, KubeJson.Default.KubeJob, cancellationToken);
            return place.Uid is null || job.Metadata?.Uid == place.Uid ? job : null;
        }
        catch (KubeException exception) when (exception.Status is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The Job's pods, none of another one's.</summary>
    /// <exception cref="KubeException">Nobody knows.</exception>
    public static async Task<IReadOnlyList<KubePod>> PodsAsync(KubeApi api, JobPlace place, CancellationToken cancellationToken)
    {
        var pods = await api.GetAsync(place.OwnPods, KubeJson.Default.KubePodList, cancellationToken);
        return [.. (pods.Items ?? []).Where(pod => pod.Metadata?.OwnerReferences?.Any(owner => owner.Uid == place.Uid) == true)];
    }

    /// <summary>Why the cluster makes no pod: a quota, a missing service account. It says so in an event only.</summary>
    public static async Task<string?> WarningAsync(KubeApi api, JobPlace place, CancellationToken cancellationToken)
    {
        try
        {
            var events = await api.GetAsync(place.Events, KubeJson.Default.KubeEventList, cancellationToken);
            return events.Items?.LastOrDefault(one => one is { Type: "Warning", Message.Length: > 0 }) is { } warning
                ? $"{warning.Reason}: {warning.Message}"
                : null;
        }
        catch (KubeException)
        {
            // Not everybody may read events; the Job's own words must do.
            return null;
        }
    }
}
