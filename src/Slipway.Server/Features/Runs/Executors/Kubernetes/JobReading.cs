namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>What a Job and its pods say together.</summary>
/// <param name="Sighting">What has become of the attempt.</param>
/// <param name="Pod">The pod that runs it, if there is one.</param>
/// <param name="IsStuck">It waits for something that seldom comes right by itself.</param>
internal sealed record JobReading(Sighting Sighting, string? Pod = null, bool IsStuck = false)
{
    private const int LongestWords = 1000;

    /// <summary>Waiting for these is waiting for somebody to correct a mistake.</summary>
    private static readonly HashSet<string> StuckReasons =
    [
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff", "StartError",
    ];

    /// <param name="job">As the cluster gives it.</param>
    /// <param name="pods">Those that belong to the Job.</param>
    /// <param name="known">The pod that was seen before: what it has to say goes before what a later one says.</param>
    public static JobReading Of(KubeJob job, IReadOnlyList<KubePod> pods, string? known)
    {
        var pod = pods.FirstOrDefault(pod => pod.Metadata?.Name == known) ?? pods.MinBy(pod => pod.Metadata?.CreationTimestamp);
        var condition = job.Status?.Conditions?.FirstOrDefault(one => one is { Type: "Complete" or "Failed", Status: "True" });
        if (pod is null)
        {
            return new JobReading(condition is null ? Waiting("The cluster has not made the pod yet.") : EndOfJob(condition));
        }
        var state = pod.Status?.ContainerStatuses?.FirstOrDefault(one => one.Name == KubernetesNames.Container)?.State;
        var name = pod.Metadata?.Name;
        if (state?.Terminated is { } terminated)
        {
            return new JobReading(EndOfContainer(pod, terminated, condition) with { ExternalId = name }, name);
        }
        if (condition is not null || pod.Status?.Phase is "Failed" or "Succeeded")
        {
            return new JobReading(EndOfPod(pod, condition) with { ExternalId = name }, name);
        }
        return state?.Running is { } running
            ? new JobReading(Running(pod, running) with { ExternalId = name }, name)
            : WaitingFor(pod, state?.Waiting, name);
    }

    private static Sighting EndOfContainer(KubePod pod, KubeTerminated terminated, KubeCondition? condition) => new(SightingKind.Ended)
    {
        // Some runtimes tell the signal beside a code of 0.
        ExitCode = terminated is { ExitCode: 0, Signal: > 0 } ? 128 + terminated.Signal : terminated.ExitCode,
        Words = Sentence(
            terminated.Reason switch
            {
                "OOMKilled" => "OOMKilled: it used more memory than its limit.",
                "Error" or "Completed" or null => null,
                var reason => Join(reason, terminated.Message),
            }
            ?? (pod.Status?.Reason is { } why ? Join(why, pod.Status.Message) : null)
            ?? (condition is { Type: "Failed", Reason: "DeadlineExceeded" } ? Join(condition.Reason, condition.Message) : null)),
        StartedAt = terminated.StartedAt,
        EndedAt = terminated.FinishedAt,
    };

    // Evicted before it began, lost with its node, or ended by the Job's deadline: nobody has seen a code.
    private static Sighting EndOfPod(KubePod pod, KubeCondition? condition) => new(SightingKind.Ended)
    {
        ExitCode = condition?.Type == "Complete" || pod.Status?.Phase == "Succeeded" ? 0 : null,
        Words = pod.Status?.Reason is { } reason ? Sentence(Join(reason, pod.Status.Message))
            : condition is { Type: "Failed" } ? Sentence(Join(condition.Reason, condition.Message))
            : null,
        EndedAt = condition?.LastTransitionTime,
    };

    private static Sighting EndOfJob(KubeCondition condition) => new(SightingKind.Ended)
    {
        // A Job is complete when its pod has ended with 0.
        ExitCode = condition.Type == "Complete" ? 0 : null,
        Words = condition.Type == "Complete"
            ? null
            : Sentence(Join(condition.Reason, condition.Message) + " The pod is gone, and its exit code with it."),
        EndedAt = condition.LastTransitionTime,
    };

    private static Sighting Running(KubePod pod, KubeRunning running) =>
        pod.Status is { Phase: "Unknown" } or { Reason: "NodeLost" }
            ? new(SightingKind.Unknown)
            {
                Words = Sentence(Join(pod.Status.Reason ?? "The pod's node does not answer.", pod.Status.Message)),
            }
            : new(SightingKind.Running) { StartedAt = running.StartedAt };

    private static JobReading WaitingFor(KubePod pod, KubeWaiting? waiting, string? name)
    {
        if (pod.Status is { Phase: "Unknown" })
        {
            return new JobReading(Running(pod, new KubeRunning()) with { ExternalId = name }, name);
        }
        var isStuck = waiting?.Reason is { } reason && StuckReasons.Contains(reason);
        var scheduled = pod.Status?.Conditions?.FirstOrDefault(one => one is { Type: "PodScheduled", Status: "False" });
        var words = waiting?.Reason is not null and not "PodInitializing" ? Join(waiting.Reason, waiting.Message)
            : scheduled is not null ? Join(scheduled.Reason, scheduled.Message)
            : "The node prepares the pod.";
        return new JobReading(Waiting(words) with { ExternalId = name }, name, isStuck);
    }

    private static Sighting Waiting(string words) => new(SightingKind.Waiting) { Words = Sentence(words) };

    private static string Join(string? reason, string? message) =>
        string.IsNullOrWhiteSpace(message) ? reason ?? "" : reason is null ? message : $"{reason}: {message}";

    private static string? Sentence(string? words) => words is { Length: > LongestWords } ? words[..LongestWords] + "…" : words;
}
