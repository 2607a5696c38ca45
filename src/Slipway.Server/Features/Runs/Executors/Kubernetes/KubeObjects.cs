using System.Text.Json.Serialization;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

// What is read of the cluster's answers. Everything may be missing; nothing else is kept.

internal sealed record KubeMeta
{
    public string? Name { get; init; }

    public string? Uid { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    public DateTimeOffset? DeletionTimestamp { get; init; }

    public List<KubeOwner>? OwnerReferences { get; init; }
}

internal sealed record KubeOwner
{
    public string? Uid { get; init; }
}

internal sealed record KubeCondition
{
    public string? Type { get; init; }

    public string? Status { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }
}

internal sealed record KubeJob
{
    public KubeMeta? Metadata { get; init; }

    public KubeJobStatus? Status { get; init; }
}

internal sealed record KubeJobStatus
{
    public List<KubeCondition>? Conditions { get; init; }
}

internal sealed record KubePodList
{
    public List<KubePod>? Items { get; init; }
}

internal sealed record KubePod
{
    public KubeMeta? Metadata { get; init; }

    public KubePodStatus? Status { get; init; }
}

internal sealed record KubePodStatus
{
    public string? Phase { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public List<KubeCondition>? Conditions { get; init; }

    public List<KubeContainerStatus>? ContainerStatuses { get; init; }
}

internal sealed record KubeContainerStatus
{
    public string? Name { get; init; }

    public KubeContainerState? State { get; init; }
}

internal sealed record KubeContainerState
{
    public KubeWaiting? Waiting { get; init; }

    public KubeRunning? Running { get; init; }

    public KubeTerminated? Terminated { get; init; }
}

internal sealed record KubeWaiting
{
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

internal sealed record KubeRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

internal sealed record KubeTerminated
{
    public int ExitCode { get; init; }

    public int Signal { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
}

internal sealed record KubeEventList
{
    public List<KubeEvent>? Items { get; init; }
}

internal sealed record KubeEvent
{
    public string? Type { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>How the cluster says no.</summary>
internal sealed record KubeStatus
{
    public string? Message { get; init; }

    public string? Reason { get; init; }
}

internal sealed record KubeReview
{
    public KubeReviewStatus? Status { get; init; }
}

internal sealed record KubeReviewStatus
{
    public bool Allowed { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KubeJob))]
[JsonSerializable(typeof(KubePodList))]
[JsonSerializable(typeof(KubeEventList))]
[JsonSerializable(typeof(KubeStatus))]
[JsonSerializable(typeof(KubeReview))]
internal sealed partial class KubeJson : JsonSerializerContext;
