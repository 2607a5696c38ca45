using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>Settings without a value are left to the cluster. A run may name its own: <see cref="SlurmRequest"/>.</summary>
internal sealed class SlurmOptions
{
    /// <summary>Slurm's programs: names on the PATH, or paths.</summary>
    [Required]
    public string Sbatch { get; init; } = "sbatch";

    [Required]
    public string Squeue { get; init; } = "squeue";

    [Required]
    public string Scontrol { get; init; } = "scontrol";

    [Required]
    public string Sacct { get; init; } = "sacct";

    [Required]
    public string Scancel { get; init; } = "scancel";

    [RegularExpression(SlurmRequest.NamesPattern)]
    public string? Partition { get; init; }

    [RegularExpression(SlurmRequest.NamesPattern)]
    public string? Account { get; init; }

    [RegularExpression(SlurmRequest.NamesPattern)]
    public string? Qos { get; init; }

    [RegularExpression(SlurmRequest.TimePattern)]
    public string? Time { get; init; }

    [RegularExpression(SlurmRequest.ConstraintPattern)]
    public string? Constraint { get; init; }

    [RegularExpression(SlurmRequest.CountPattern)]
    public string? Cpus { get; init; }

    [RegularExpression(SlurmRequest.MemoryPattern)]
    public string? Memory { get; init; }

    /// <summary>What the cluster calls GPUs: <c>gpu</c>, or with a type <c>gpu:a100</c>.</summary>
    [RegularExpression("^[a-z][A-Za-z0-9_]*(:[A-Za-z0-9_.-]+)?$")]
    public string Gres { get; init; } = "gpu";

    /// <summary>More options for sbatch, one each: <c>--exclusive</c>, <c>--reservation=night</c>.</summary>
    public IReadOnlyList<string> ExtraOptions { get; init; } = [];

    /// <summary>How long a look stays good. One look covers all jobs; controllers do not like to be asked often.</summary>
    [Range(typeof(TimeSpan), "00:00:00.02", "00:10:00")]
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one of Slurm's programs may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

[OptionsValidator]
internal sealed partial class SlurmOptionsValidator : IValidateOptions<SlurmOptions>;
