using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Runs;

/// <summary>How runs are made and started here: <c>Training</c> in the configuration.</summary>
internal sealed class TrainingOptions
{
    /// <summary>In <see cref="Command"/>: the run's copy of the configuration.</summary>
    public const string ConfigToken = "{config}";

    /// <summary>The folder whose files become artifacts.</summary>
    public const string OutputToken = "{output}";

    /// <summary>The folder with the datasets and their <c>dataset_info.json</c>.</summary>
    public const string DataToken = "{data}";

    private const string UsualScript = "run_train_full_sft.sh";

    /// <summary>Where projects' paths begin, and where local runs start. Null is the folder that the server was started in.</summary>
    public string? Folder { get; init; }

    /// <summary>Which executor takes a run that names none.</summary>
    public string Executor { get; init; } = ExecutorNames.Local;

    /// <summary>
    /// What a run starts, program and arguments. <c>{config}</c>, <c>{output}</c>, <c>{data}</c> and <c>{folder}</c> stand for the
    /// run's own; a request's parameters follow as <c>key=value</c>.
    /// </summary>
    [MinLength(1)]
    public string[]? Command { get; init; }

    /// <summary>What <see cref="Command"/> means when nothing is configured.</summary>
    public IReadOnlyList<string> CommandOrUsual => Command is { Length: > 0 } command ? command : ["bash", UsualScript, ConfigToken];

    /// <summary>The <c>slipway</c> that trains for the builtin executor, program and arguments; null is this one.</summary>
    public string[]? BuiltinProgram { get; init; }

    /// <summary>How many runs without a GPU go on at once on this machine.</summary>
    [Range(1, 1024)]
    public int MaxRunsWithoutGpu { get; init; } = 2;

    /// <summary>How many GPUs may be given out; null is all that were seen at start.</summary>
    [Range(0, 1024)]
    public int? Gpus { get; init; }

    /// <summary>Seconds between the polite signal and the hard one when a run is cancelled.</summary>
    [Range(0, 3600)]
    public double StopGraceSeconds { get; init; } = 30;

    /// <summary>Bytes that a run may write, log and output together; null is without a limit. A run that exceeds it is stopped.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long? MaxRunBytes { get; init; }

    /// <summary>Free bytes on the disk of the data folder below which a run that writes is stopped, so that nothing else is harmed.</summary>
    [Range(0, long.MaxValue)]
    public long MinFreeBytes { get; init; } = 512L << 20;

    /// <summary>Where a run reaches this server to report progress; null is the first address that it listens on.</summary>
    [Url]
    public string? PublicUrl { get; init; }

    public string FolderPath => Path.GetFullPath(Folder ?? Directory.GetCurrentDirectory());
}

[OptionsValidator]
internal sealed partial class TrainingOptionsValidator : IValidateOptions<TrainingOptions>;

/// <summary>The executors as clients write them.</summary>
internal static class ExecutorNames
{
    public const string Local = "local";
    public const string Builtin = "builtin";
    public const string Docker = "docker";
    public const string Slurm = "slurm";
    public const string Kubernetes = "kubernetes";

    public static IReadOnlyList<string> All { get; } = [Local, Docker, Slurm, Kubernetes, Builtin];
}
