using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>
/// The section <c>Training:Kubernetes</c>: the cluster that runs trainings as Jobs, and what their pods look like.
/// </summary>
/// <remarks>
/// Where files go: with <see cref="ClaimName"/> and <see cref="HostPath"/> the claim's volume is mounted here too, inputs of any size
/// are put on it and the output comes back from it. With the claim alone the output stays on the volume, in a folder that bears the
/// attempt's name. With neither, it goes away with the pod. Without <see cref="HostPath"/> inputs travel in a ConfigMap: 1 MiB at most.
/// </remarks>
internal sealed class KubernetesOptions : IValidatableObject
{
    /// <summary>Of the training container; needed before any run can be given here. It must have a POSIX <c>sh</c>.</summary>
    [RegularExpression(KubernetesNames.Image)]
    public string? Image { get; init; }

    /// <summary>Whether a run may ask for another image.</summary>
    public bool AllowsOtherImages { get; init; } = true;

    /// <summary>Where Jobs are made; otherwise the one of the credentials, then <c>default</c>.</summary>
    [RegularExpression(KubernetesNames.Label)]
    public string? Namespace { get; init; }

    /// <summary>Further namespaces that a run may ask for.</summary>
    public List<string> OtherNamespaces { get; init; } = [];

    /// <summary>A kubeconfig file; otherwise <c>KUBECONFIG</c>, then the service account of the pod that this server is in.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Of the kubeconfig; otherwise its current context.</summary>
    public string? Context { get; init; }

    /// <summary>Accepts plain HTTP and certificates that nobody vouches for: whoever is in between gets the token.</summary>
    public bool AllowsInsecureServer { get; init; }

    [RegularExpression(KubernetesNames.Subdomain)]
    public string? ServiceAccount { get; init; }

    /// <summary>Names of Secrets that hold the registries' credentials.</summary>
    public List<string> ImagePullSecrets { get; init; } = [];

    public Dictionary<string, string> NodeSelector { get; init; } = [];

    [ValidateEnumeratedItems]
    public List<KubernetesToleration> Tolerations { get; init; } = [];

    /// <summary>A PersistentVolumeClaim in the namespace. Each attempt gets a folder of its own on it.</summary>
    [RegularExpression(KubernetesNames.Subdomain)]
    public string? ClaimName { get; init; }

    /// <summary>Where the claim's volume is mounted on this host. Absolute.</summary>
    public string? HostPath { get; init; }

    /// <summary>Most that is brought back from the volume per attempt.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long MaxOutputBytes { get; init; } = 1L << 40;

    /// <summary>The attempt's folder in the container. Absolute.</summary>
    [RegularExpression("^(/[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*)+$")]
    public string MountPath { get; init; } = "/slipway/run";

    /// <summary>Where the command starts, in the container; otherwise where the image says.</summary>
    [RegularExpression("^/.*$")]
    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// Memory behind <c>/dev/shm</c>, such as <c>16Gi</c>; otherwise what the cluster gives (usually 64 MiB, too little for PyTorch).
    /// </summary>
    [RegularExpression(KubernetesNames.Quantity)]
    public string? SharedMemory { get; init; }

    /// <summary>Processors of one pod, such as <c>8</c>.</summary>
    [RegularExpression(KubernetesNames.Quantity)]
    public string? Cpu { get; init; }

    /// <summary>Memory of one pod, such as <c>64Gi</c>; more ends it as <c>OOMKilled</c>.</summary>
    [RegularExpression(KubernetesNames.Quantity)]
    public string? Memory { get; init; }

    /// <summary>What the cluster calls a GPU.</summary>
    [RegularExpression("^[a-z0-9.-]{1,253}/[A-Za-z0-9._-]{1,63}$")]
    public string GpuResource { get; init; } = "nvidia.com/gpu";

    /// <summary>After this long the cluster ends the Job; null never.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan? ActiveDeadline { get; init; }

    /// <summary>How long the cluster keeps a Job that has ended, with its log. Longer than this server may be away.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan KeepFinished { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long an image that cannot be pulled, or a container that cannot be made, is waited for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StuckLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the cluster waits after TERM before it kills by itself.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a look stays good.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one call may take, a log's stream apart.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a start is tried again while the cluster does not answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HostPath is not null && (ClaimName is null || !Path.IsPathFullyQualified(HostPath)))
        {
            yield return new(
                $"{nameof(HostPath)} '{HostPath}' must be absolute, and {nameof(ClaimName)} must name its claim.", [nameof(HostPath)]);
        }
        foreach (var name in OtherNamespaces.Where(name => !KubernetesNames.LabelPattern().IsMatch(name)))
        {
            yield return new($"{nameof(OtherNamespaces)}: '{name}' is no namespace's name.", [nameof(OtherNamespaces)]);
        }
        foreach (var name in ImagePullSecrets.Where(name => !KubernetesNames.SubdomainPattern().IsMatch(name)))
        {
            yield return new($"{nameof(ImagePullSecrets)}: '{name}' is no Secret's name.", [nameof(ImagePullSecrets)]);
        }
    }
}

/// <summary>Lets pods onto nodes that keep others away.</summary>
internal sealed class KubernetesToleration
{
    public string? Key { get; init; }

    [RegularExpression("^(Equal|Exists)$")]
    public string Operator { get; init; } = "Equal";

    public string? Value { get; init; }

    [RegularExpression("^(NoSchedule|PreferNoSchedule|NoExecute)$")]
    public string? Effect { get; init; }
}

[OptionsValidator]
internal sealed partial class KubernetesOptionsValidator : IValidateOptions<KubernetesOptions>;
