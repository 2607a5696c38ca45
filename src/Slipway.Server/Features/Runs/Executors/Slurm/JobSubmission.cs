using System.Globalization;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>
/// Gives one attempt to the cluster once. Two servers wait for one another at a lock in the attempt's folder; one that died in
/// the middle leaves a job that is found by its name, or, when the controller has forgotten that, by what the job left behind.
/// </summary>
internal sealed class JobSubmission : IAsyncDisposable
{
    private const string LockName = "submission";
    private const string JobName = "job";

    private const int LockTries = 1200;

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(50);

    private readonly Launch _launch;
    private readonly FileStream _lock;

    private JobSubmission(Launch launch, FileStream held)
    {
        _launch = launch;
        _lock = held;
    }

    /// <exception cref="ExecutorUnreachableException">Another submission of the attempt does not end.</exception>
    public static async Task<JobSubmission> BeginAsync(Launch launch, CancellationToken cancellationToken)
    {
        var path = Path.Combine(launch.Folder, LockName);
        for (var tries = 1; ; tries++)
        {
            try
            {
                return new JobSubmission(launch, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException exception) when (exception.GetType() == typeof(IOException) && File.Exists(path))
            {
                if (tries == LockTries)
                {
                    throw new ExecutorUnreachableException($"Somebody else holds '{path}'.", exception);
                }
                await Task.Delay(LockPause, cancellationToken);
            }
        }
    }

    /// <summary>The job that an earlier call submitted; null without one.</summary>
    /// <exception cref="ExecutorUnreachableException">It cannot be known.</exception>
    public async Task<string?> FindAsync(JobQueue queue, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(_lock, leaveOpen: true);
        if (IdOf((await reader.ReadToEndAsync(cancellationToken)).Trim()) is { } noted)
        {
            return noted;
        }
        if (IdOf(new FileInfo(Path.Combine(_launch.Folder, JobName)).LinkTarget ?? "") is { } ran)
        {
            return ran;
        }
        if (!File.Exists(ScriptPath))
        {
            // Nobody came as far as sbatch.
            return null;
        }
        if (RunningPrograms.IsAny(ScriptPath))
        {
            throw new ExecutorUnreachableException("A server that was killed has left an sbatch of this attempt that has not ended yet.");
        }
        var look = await queue.FindAsync(_launch.Name, cancellationToken);
        return look.Failure is { } failure
            ? throw new ExecutorUnreachableException(failure)
            : look.Jobs.Keys.Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>Submits the job and notes its id.</summary>
    /// <exception cref="ExecutorUnreachableException">The controller does not answer; the job may be there.</exception>
    public async Task<Started> SubmitAsync(JobQueue queue, SlurmOptions options, CancellationToken cancellationToken)
    {
        await WriteScriptAsync(cancellationToken);
        var answer = await queue.RunAsync(options.Sbatch, Arguments(options), cancellationToken);
        if (answer.IsGood && IdOf(answer.Output.Trim().Split(';')[0]) is { } id)
        {
            await _lock.WriteAsync(System.Text.Encoding.ASCII.GetBytes(id), CancellationToken.None);
            _lock.Flush(flushToDisk: true);
            return Started.As(id);
        }
        if (answer.IsMissing)
        {
            return Started.Refused($"{answer.Error} Install Slurm's client programs, or say where they are in Training:Slurm.");
        }
        // A controller that answers and has no such job has refused it, whatever sbatch says.
        var look = await queue.FindAsync(_launch.Name, cancellationToken);
        return look switch
        {
            { Failure: { } failure } => throw new ExecutorUnreachableException(failure),
            { Jobs.Count: > 0 } => Started.As(look.Jobs.Keys.First()),
            _ => Started.Refused($"Slurm does not take the job: {Complaint(answer)}"),
        };
    }

    public ValueTask DisposeAsync() => _lock.DisposeAsync();

    private string ScriptPath => Path.Combine(_launch.Folder, JobScript.FileName);

    private IEnumerable<string> Arguments(SlurmOptions options) =>
    [
        "--parsable",
        $"--job-name={_launch.Name}",
        $"--comment={_launch.RunId}",
        $"--chdir={_launch.WorkingDirectory}",
        // Slurm's own words; the program's go to the output file without them. A percent sign would begin a pattern.
        $"--output={Path.Combine(_launch.Folder, "slurm.log").Replace("%", "%%", StringComparison.Ordinal)}",
        "--open-mode=append",
        "--no-requeue",
        .. SlurmRequest.OptionsFor(_launch, options),
        ScriptPath,
    ];

    private async Task WriteScriptAsync(CancellationToken cancellationToken)
    {
        var draft = ScriptPath + ".new";
        File.Delete(draft);
        var creation = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            creation.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }
        await using (var file = new FileStream(draft, creation))
        {
            await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(JobScript.Of(_launch)), cancellationToken);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, ScriptPath, overwrite: true);
    }

    private static string Complaint(SlurmAnswer answer)
    {
        const string Prefix = "sbatch: error: ";
        return string.Join(' ', (answer.Error.Length > 0 ? answer.Error : answer.Output.Trim()).Split('\n')
            .Select(line => line.StartsWith(Prefix, StringComparison.Ordinal) ? line[Prefix.Length..] : line));
    }

    private static string? IdOf(string text) =>
        text.Length < 20 && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? text : null;
}
