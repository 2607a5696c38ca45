using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Runs.Executors.Docker;

internal sealed partial class DockerOptions
{
    /// <summary>The engine's socket, <c>unix:///var/run/docker.sock</c>; when empty, what DOCKER_HOST says, and that without it.</summary>
    [RegularExpression("^(unix:///.+)?$", ErrorMessage = "Training:Docker:Host must be the engine's socket: unix:///var/run/docker.sock.")]
    public string Host { get; init; } = "";

    /// <summary>The running container that attempts run in; a run may name another one: <c>parameters.container</c>.</summary>
    [Required, RegularExpression(NamePattern)]
    public string Container { get; init; } = "qwen2.5-14b-instruct_xpytorch_full_sft";

    /// <summary>Where commands start. Not absolute: below the container's own working directory.</summary>
    [Required]
    public string WorkingDirectory { get; init; } = "KTIP_Release_2.1.0/train/llm";

    /// <summary>A name or a number, with <c>:group</c> or without; empty: as the container was made.</summary>
    [RegularExpression(@"^([A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?)?$")]
    public string User { get; init; } = "";

    /// <summary>
    /// In the container: attempts have their folders there when it does not see theirs of this host. Not on a tmpfs, which the
    /// engine's copying does not reach.
    /// </summary>
    [Required, RegularExpression("^/[^/].*[^/]$", ErrorMessage = "Training:Docker:Folder must be an absolute path without a slash at its end.")]
    public string Folder { get; init; } = "/tmp/slipway";

    /// <summary>How long a look stays good. One look covers all attempts of a container.</summary>
    [Range(typeof(TimeSpan), "00:00:00.02", "00:01:00")]
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the engine may take for one answer.</summary>
    [Range(typeof(TimeSpan), "00:00:15", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the files of an attempt may take into the container or out of it.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How much an attempt's output folder may hold to be fetched, in bytes.</summary>
    [Range(1L << 20, 1L << 50)]
    public long OutputQuota { get; init; } = 1L << 40;

    private const string NamePattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$";

    /// <summary>Whether it can be a container's name or id.</summary>
    public static bool IsContainerName(string text) => ContainerName().IsMatch(text);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\\z")]
    private static partial Regex ContainerName();
}

[OptionsValidator]
internal sealed partial class DockerOptionsValidator : IValidateOptions<DockerOptions>;
