using System.Text.Json;
using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Platform.Json;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs;

/// <summary>Turns a request into a run that can be started, or says why not.</summary>
internal sealed class RunPlanner(
    IEnumerable<IExecutor> executors, RunStore store, RunPreparation preparation, RunFolders folders, GpuStock stock,
    IOptions<TrainingOptions> options, TimeProvider clock)
{
    private static readonly HashSet<string> PathSettings = ["model_name_or_path", "tokenizer", "chat_template", "eval_dataset"];
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
        var settings = parameters.Where(pair => !executor.ParameterNames.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}={pair.Value}");
        if (executor.Name != ExecutorNames.Builtin)
        {
            return [.. options.Value.CommandOrUsual, .. settings];
        }
        var entries = string.Join(',', material.Entries);
        return
        [
            .. OwnProgram.Of(options.Value.BuiltinProgram), "train", TrainingOptions.ConfigToken, $"output_dir={TrainingOptions.OutputToken}",
            $"dataset_dir={TrainingOptions.DataToken}", $"dataset={entries}", .. Absolute(material.Settings), .. settings,
        ];
    }

    // The configuration is read from the run's folder, but its paths were written in the training directory.
    private IEnumerable<string> Absolute(IReadOnlyDictionary<string, string> settings) =>
        from pair in settings
        where PathSettings.Contains(pair.Key) && !Path.IsPathRooted(pair.Value)
        let path = Path.GetFullPath(pair.Value, options.Value.FolderPath)
        where File.Exists(path) || Directory.Exists(path)
        select $"{pair.Key}={path}";

    private async Task<string?> CannotResumeAsync(string source, CancellationToken cancellationToken) =>
        await store.FindAsync(source, cancellationToken) is not { } run
            ? $"resume_from is '{source}'; there is no such run."
            : preparation.LastCheckpoint(run.Id) is null
            ? $"The run '{source}' has left no checkpoint on this machine to go on from."
            : null;
}
