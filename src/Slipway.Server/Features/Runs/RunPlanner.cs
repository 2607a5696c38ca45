using System.Text.Json;
using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Platform.Hub;
using Slipway.Server.Platform.Json;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs;

/// <summary>Turns a request into a run that can be started, or says why not.</summary>
internal sealed class RunPlanner(
    IEnumerable<IExecutor> executors, RunStore store, RunPreparation preparation, RunFolders folders, GpuStock stock,
    HubShelf hub, IOptions<TrainingOptions> options, TimeProvider clock)
{
    private static readonly HashSet<string> PathSettings = ["model_name_or_path", "tokenizer", "chat_template", "eval_dataset"];
    private static readonly string[] ModelSettings = ["model_name_or_path", "tokenizer"];
    private static readonly HashSet<string> OurSettings = ["output_dir", "dataset", "dataset_dir", "overwrite_output_dir", "resume_from_checkpoint"];

    public async Task<(RunRow? Run, string Refusal)> PlanAsync(
        ProjectDetail project, StartRunRequest request, RunMaterial material, CancellationToken cancellationToken)
    {
        var name = request.Executor ?? options.Value.Executor;
        if (executors.FirstOrDefault(one => one.Name == name) is not { } executor)
        {
            return (null, $"The executor '{name}' is not known; accepted are {string.Join(", ", executors.Select(one => one.Name))}.");
        }
        if (await executor.CheckAsync(cancellationToken) is { } complaint)
        {
            return (null, complaint);
        }
        var toGive = stock.Indexes.Count;
        var gpus = request.Gpus ?? (name is ExecutorNames.Local or ExecutorNames.Docker && toGive > 0 ? 1 : 0);
        if (!executor.HasOwnQueue && gpus > toGive)
        {
            return (null, $"gpus is {gpus}; this machine has {toGive} to give.");
        }
        if (request.Parameters?.Keys.FirstOrDefault(OurSettings.Contains) is { } ours)
        {
            return (null, $"The parameter '{ours}' is set by Slipway itself, for each run its own.");
        }
        if (request.ResumeFrom is { } source && await CannotResumeAsync(source, cancellationToken) is { } reason)
        {
            return (null, reason);
        }
        if (executor.Name == ExecutorNames.Builtin && UnpulledModel(request, material) is { } unpulled)
        {
            return (null, unpulled);
        }
        var run = Row(project, request, material, executor, gpus);
        var launch = preparation.Describe(run);
        return executor.FaultOf(launch) is { } fault ? (null, fault) : (run with { StartCommand = executor.Describe(launch) }, "");
    }

    private RunRow Row(ProjectDetail project, StartRunRequest request, RunMaterial material, IExecutor executor, int gpus)
    {
        var now = Moment.Now(clock);
        var parameters = request.Parameters ?? new Dictionary<string, string>();
        return new RunRow
        {
            Id = Guid.CreateVersion7(now).ToString(),
            ProjectId = project.Id,
            ProjectName = project.Name,
            Owner = folders.Owner,
            Status = RunStatuses.Queued,
            Executor = executor.Name,
            Priority = request.Priority ?? 0,
            Gpus = gpus,
            Environment = JsonSerializer.Serialize(request.Env ?? new Dictionary<string, string>()),
            Parameters = JsonSerializer.Serialize(parameters),
            Command = JsonSerializer.Serialize(CommandOf(executor, parameters, material)),
            DatasetId = material.DatasetId,
            Dataset = material.DatasetName,
            TrainingConfig = material.ConfigName,
            ResumeFrom = request.ResumeFrom,
            Attempt = 1,
            CreatedAt = now.ToUnixTimeMilliseconds(),
            QueuedAt = now.ToUnixTimeMilliseconds(),
        };
    }

    private IReadOnlyList<string> CommandOf(IExecutor executor, IReadOnlyDictionary<string, string> parameters, RunMaterial material)
    {
        var settings = parameters.Where(pair => !executor.ParameterNames.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        if (executor.Name != ExecutorNames.Builtin)
        {
            return [.. options.Value.CommandOrUsual, .. settings.Select(pair => $"{pair.Key}={pair.Value}")];
        }
        var entries = string.Join(',', material.Entries);
        return
        [
            .. OwnProgram.Of(options.Value.BuiltinProgram), "train", TrainingOptions.ConfigToken, $"output_dir={TrainingOptions.OutputToken}",
            $"dataset_dir={TrainingOptions.DataToken}", $"dataset={entries}", .. Absolute(material.Settings),
            .. settings.Select(pair => $"{pair.Key}={(PathSettings.Contains(pair.Key) ? PathOf(pair.Value) : null) ?? pair.Value}"),
        ];
    }

    // The configuration is read from the run's folder, but its paths were written in the training directory.
    private IEnumerable<string> Absolute(IReadOnlyDictionary<string, string> settings) =>
        from pair in settings
        where PathSettings.Contains(pair.Key) && !Path.IsPathRooted(pair.Value)
        let path = PathOf(pair.Value)
        where path is not null
        select $"{pair.Key}={path}";

    /// <summary>The file or folder in the training directory, or what was pulled by that name; null where there is neither.</summary>
    private string? PathOf(string written) =>
        written.Length == 0 || written.Contains('\0', StringComparison.Ordinal) ? null
        : Path.GetFullPath(written, options.Value.FolderPath) is var path && Path.Exists(path) ? path
        : hub.PathOf(written);

    /// <summary>The trainer would pull it: nobody makes a server fetch gigabytes by asking it for a run.</summary>
    private string? UnpulledModel(StartRunRequest request, RunMaterial material)
    {
        foreach (var key in ModelSettings)
        {
            var written = request.Parameters?.GetValueOrDefault(key) ?? material.Settings.GetValueOrDefault(key);
            if (written is not null && HubName.TryParse(written) is not null && PathOf(written) is null)
            {
                return $"{key} is '{written}'; it is not in the training directory and was not pulled to this machine. "
                    + $"'slipway pull {written}' where the server runs brings it from a hub.";
            }
        }
        return null;
    }

    private async Task<string?> CannotResumeAsync(string source, CancellationToken cancellationToken) =>
        await store.FindAsync(source, cancellationToken) is not { } run
            ? $"resume_from is '{source}'; there is no such run."
            : preparation.LastCheckpoint(run.Id) is null
            ? $"The run '{source}' has left no checkpoint on this machine to go on from."
            : null;
}
