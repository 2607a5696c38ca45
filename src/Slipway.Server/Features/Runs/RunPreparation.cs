using System.Globalization;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs;

/// <summary>Lays out what an attempt needs in its folder, and says how it is to be launched. Both may be repeated.</summary>
internal sealed class RunPreparation(
    RunFolders folders, IEnumerable<IExecutor> executors, GpuStock stock, IOptions<TrainingOptions> options, RunAddress address)
{
    /// <summary>Beside the data: what goes where the process is goes with it.</summary>
    public const string ResumeName = $"{Launch.DataName}/resume";

    private const string CheckpointPrefix = "checkpoint-";
    private const string TrainerState = "trainer_state.json";

    public Launch Describe(RunRow run) => new()
    {
        RunId = run.Id,
        Attempt = (int)run.Attempt,
        Name = $"run-{run.Id}-{run.Attempt}",
        Folder = folders.AttemptOf(run.Id, run.Attempt),
        Command = CommandOf(run),
        WorkingDirectory = options.Value.FolderPath,
        Environment = EnvironmentOf(run),
        Gpus = (int)run.Gpus,
        GpuIds = run.GpuList,
        Parameters = ParametersFor(run),
    };

    /// <summary>
    /// Makes the attempt's folder out of the run's inputs, once: the configuration comes last, and what is there then may be in use.
    /// Returns why the attempt cannot begin, null when it can.
    /// </summary>
    /// <exception cref="IOException">The disk is full, or somebody has removed the inputs.</exception>
    public string? LayOut(RunRow run)
    {
        var folder = folders.AttemptOf(run.Id, run.Attempt);
        var config = Path.Combine(folder, Launch.ConfigName);
        if (File.Exists(config))
        {
            return null;
        }
        var checkpoint = CheckpointFor(run);
        if (run.ResumeFrom is { } source && checkpoint is null)
        {
            return $"The run '{source}' that it was to go on from has no checkpoint on this machine any more.";
        }
        var input = folders.InputOf(run.Id);
        RunFolders.MakePrivate(folder);
        RunFolders.MakePrivate(Path.Combine(folder, Launch.OutputName));
        SharedFile.LinkTree(Path.Combine(input, Launch.DataName), Path.Combine(folder, Launch.DataName));
        if (checkpoint is not null)
        {
            // Our own trainer looks for checkpoints where it writes them; others are told where theirs is.
            var name = Path.GetFileName(checkpoint);
            SharedFile.LinkTree(checkpoint, Path.Combine(folder, run.Executor == ExecutorNames.Builtin ? Launch.OutputName : ResumeName, name));
        }
        var draft = $"{config}.draft";
        SharedFile.Copy(Path.Combine(input, Launch.ConfigName), draft);
        File.Move(draft, config);
        return null;
    }

    /// <summary>The newest whole checkpoint of a run's attempts, the latest attempt first.</summary>
    public string? LastCheckpoint(string runId)
    {
        var attempts = Directory.Exists(folders.Of(runId))
            ? Directory.EnumerateDirectories(folders.Of(runId)).Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            : [];
        return attempts.OrderByDescending(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .Select(name => NewestIn(Path.Combine(folders.Of(runId), name!, Launch.OutputName)))
            .FirstOrDefault(path => path is not null);
    }

    private Dictionary<string, string> ParametersFor(RunRow run)
    {
        var names = executors.FirstOrDefault(executor => executor.Name == run.Executor)?.ParameterNames ?? [];
        return run.ParameterMap.Where(pair => names.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    private string? CheckpointFor(RunRow run)
    {
        if (run.ResumeFrom is not { } source)
        {
            return null;
        }
        // What the attempt was given stays, whatever its source writes meanwhile; what it has made itself is no beginning.
        return NewestIn(Path.Combine(folders.AttemptOf(run.Id, run.Attempt), ResumeName)) is { } given ? given
            : source == run.Id
            ? Enumerable.Range(1, (int)run.Attempt - 1).Reverse().Select(attempt => NewestIn(folders.OutputOf(run.Id, attempt))).FirstOrDefault(path => path is not null)
            : LastCheckpoint(source);
    }

    /// <summary>
    /// The Hugging Face trainer writes a checkpoint's state last: one without it was broken off. Where none has a state, the trainer
    /// is another one. Links are not followed, whatever stands behind them.
    /// </summary>
    private static string? NewestIn(string output) => new DirectoryInfo(output) is not { Exists: true, LinkTarget: null } ? null
        : Directory.EnumerateDirectories(output, CheckpointPrefix + "*")
            .Where(path => new DirectoryInfo(path).LinkTarget is null && StepOf(path) >= 0 && Directory.EnumerateFiles(path).Any())
            .MaxBy(path => (File.Exists(Path.Combine(path, TrainerState)), StepOf(path)));

    private static long StepOf(string path) =>
        long.TryParse(Path.GetFileName(path)[CheckpointPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1;

    private IReadOnlyList<string> CommandOf(RunRow run) =>
    [
        .. run.CommandList.Select(argument => argument
            .Replace(TrainingOptions.ConfigToken, $"{Launch.FolderToken}/{Launch.ConfigName}", StringComparison.Ordinal)
            .Replace(TrainingOptions.OutputToken, $"{Launch.FolderToken}/{Launch.OutputName}", StringComparison.Ordinal)
            .Replace(TrainingOptions.DataToken, $"{Launch.FolderToken}/{Launch.DataName}", StringComparison.Ordinal)),
        .. run.Executor == ExecutorNames.Builtin && CheckpointFor(run) is not null ? ["--resume"] : Array.Empty<string>(),
    ];

    private Dictionary<string, string> EnvironmentOf(RunRow run)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Lines appear when they are written, bars not ten times a second.
            ["PYTHONUNBUFFERED"] = "1",
            ["TQDM_MININTERVAL"] = "1",
        };
        foreach (var (name, value) in run.EnvironmentMap)
        {
            environment[name] = value;
        }
        environment["SLIPWAY_RUN_ID"] = run.Id;
        environment["SLIPWAY_ATTEMPT"] = run.Attempt.ToString(CultureInfo.InvariantCulture);
        environment["SLIPWAY_CONFIG"] = $"{Launch.FolderToken}/{Launch.ConfigName}";
        environment["SLIPWAY_OUTPUT_DIR"] = $"{Launch.FolderToken}/{Launch.OutputName}";
        environment["SLIPWAY_DATASET_DIR"] = $"{Launch.FolderToken}/{Launch.DataName}";
        environment["SLIPWAY_DATASET"] = RunInputs.EntriesOf(folders.InputOf(run.Id));
        environment["SLIPWAY_GPUS"] = run.Gpus.ToString(CultureInfo.InvariantCulture);
        if (run.Executor is not (ExecutorNames.Slurm or ExecutorNames.Kubernetes) && stock.Indexes.Count > 0)
        {
            // The numbers of the driver's own tools, and none at all for a run that asked for none. Where we see no GPU we give none
            // out and hide none either: a container may have some.
            environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
            environment["CUDA_VISIBLE_DEVICES"] = string.Join(',', run.GpuList);
        }
        if (address.ProgressUrl(run.Id) is { } url && RunToken.Of(folders, run.Id) is { } token)
        {
            environment["SLIPWAY_PROGRESS_URL"] = url;
            environment["SLIPWAY_RUN_TOKEN"] = token;
        }
        if (run.Executor != ExecutorNames.Builtin && CheckpointFor(run) is { } checkpoint)
        {
            environment["SLIPWAY_RESUME_FROM_CHECKPOINT"] = $"{Launch.FolderToken}/{ResumeName}/{Path.GetFileName(checkpoint)}";
        }
        return environment;
    }
}
