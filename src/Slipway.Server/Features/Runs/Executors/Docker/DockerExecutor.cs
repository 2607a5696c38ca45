using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>
/// Runs attempts in a container that is already there, as <c>docker exec</c> would. What becomes of them is told by files in the
/// attempt's folder, which outlive this server and the engine: the folder of this host where the container sees it, else one in
/// the container that inputs are copied to and output is brought back from.
/// </summary>
/// <remarks>Calls throw <see cref="ExecutorUnreachableException"/> where the engine does not answer.</remarks>
internal sealed partial class DockerExecutor(
    DockerEngine engine, ContainerWatch watch, IOptions<DockerOptions> options, ILogger<DockerExecutor> logger) : IExecutor
{
    private const string SharedFile = ".slipway";

    public string Name => "docker";

    public bool HasOwnQueue => false;

    public IReadOnlyCollection<string> ParameterNames { get; } = [ContainerParameter];

    public TimeSpan Pace => options.Value.Pace;

    public string? FaultOf(Launch launch) => DockerOptions.IsContainerName(ContainerOf(launch))
        ? null
        : $"'{ContainerOf(launch)}' cannot be a container's name: letters, digits, '_', '.' and '-' are accepted.";

    public string Describe(Launch launch) => ShellWords.Join(
    [
        "docker", "exec", "-w", options.Value.WorkingDirectory, ContainerOf(launch), .. launch.CommandIn(launch.Folder),
    ]);

    public async Task<Sighting> LookAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        var place = DockerHandle.Parse(handle);
        if (await watch.LookAsync(place, launch.Name, cancellationToken) is not { } look)
        {
            return new Sighting(SightingKind.Unknown);
        }
        if (look.Failure is { } failure)
        {
            return new Sighting(SightingKind.Unknown) { Words = failure };
        }
        if (look.Attempts.TryGetValue(place.Folder, out var attempt))
        {
            return await SightAsync(attempt, place, look.Container!, cancellationToken);
        }
        if (look.Container?.State is { Paused: true })
        {
            return new Sighting(SightingKind.Unknown) { Words = $"The container '{place.Container}' is paused." };
        }
        // It cannot be asked any more, and nothing runs in it; but it may have ended before.
        return await ReadExitAsync(launch, place, look.Container, cancellationToken) is { } code
            ? new Sighting(SightingKind.Ended) { ExitCode = code }
            : new Sighting(SightingKind.Gone)
            {
                Words = look.Container is null
                    ? $"The container '{place.Container}' was removed."
                    : $"The container '{place.Container}' was stopped.",
            };
    }

    public async Task CollectAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        var place = DockerHandle.Parse(handle);
        if (place.IsShared || await watch.LookAsync(place, launch.Name, cancellationToken) is not { Container: { } container } look)
        {
            return;
        }
        var have = new FileInfo(launch.OutputFile) is { Exists: true } file ? file.Length : 0;
        if (look.Attempts.TryGetValue(place.Folder, out var attempt) ? attempt.OutputBytes <= have : container.State.Paused)
        {
            return;
        }
        await ReachAsync(() => ContainerOutput.AppendAsync(engine, container, place.Folder, launch.OutputFile, options.Value, cancellationToken));
    }

    public async Task FetchOutputAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        var place = DockerHandle.Parse(handle);
        if (place.IsShared)
        {
            return;
        }
        await ReachAsync(() => engine.GetArchiveAsync(place.ContainerId, $"{place.Folder}/{Launch.OutputName}", async (tar, token) =>
        {
            var leftOut = await OutputArchive.UnpackAsync(tar, launch.OutputFolder, options.Value.OutputQuota, token);
            if (leftOut > 0)
            {
                LogLeftOut(launch.Name, leftOut);
            }
        }, cancellationToken));
    }

    public async Task StopAsync(Launch launch, string handle, bool force, CancellationToken cancellationToken)
    {
        var place = DockerHandle.Parse(handle);
        await ReachAsync(async () =>
        {
            var container = await engine.InspectAsync(place.ContainerId, cancellationToken);
            if (container.State.Paused)
            {
                throw new ExecutorUnreachableException($"The container '{place.Container}' is paused: nothing in it can be stopped before it goes on.");
            }
            if (container.State.CanRunCommands)
            {
                string[] arguments = [place.Folder, launch.Name, force ? "KILL" : "TERM"];
                await engine.SayAsync(place.ContainerId, DockerScripts.Stop, arguments, null, cancellationToken);
            }
        });
    }

    public async Task ForgetAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        // What it left running belongs to nobody any more.
        await StopAsync(launch, handle, force: true, cancellationToken);
        var place = DockerHandle.Parse(handle);
        if (place.IsShared)
        {
            File.Delete(Path.Combine(launch.Folder, SharedFile));
        }
        else
        {
            await ReachAsync(() => engine.SayAsync(place.ContainerId, "rm -rf \"$1\"; echo removed", [place.Folder], null, cancellationToken));
        }
    }

    private async Task<Sighting> SightAsync(
        AttemptLook attempt, DockerHandle place, ContainerView container, CancellationToken cancellationToken) => attempt.State switch
        {
            "ended" => new Sighting(SightingKind.Ended)
            {
                ExitCode = attempt.Number,
                Words = attempt.Number is 126 or 127 ? await RefusalAsync(place, cancellationToken) : null,
            },
            "running" => new Sighting(SightingKind.Running) { Pid = attempt.Number == 0 ? null : attempt.Number },
            _ => new Sighting(SightingKind.Gone)
            {
                Words = container.State.StartedAt == place.ContainerStartedAt
                    ? null
                    : $"The container '{place.Container}' was restarted at {container.State.StartedAt}.",
            },
        };

    private async Task<string?> RefusalAsync(DockerHandle place, CancellationToken cancellationToken)
    {
        try
        {
            const string Script = "[ ! -f \"$1/refusal\" ] || { read -r reason <\"$1/refusal\"; printf '%s\\n' \"$reason\"; }";
            var said = await engine.SayAsync(place.ContainerId, Script, [place.Folder], null, cancellationToken);
            return said.Trim() is { Length: > 0 } reason ? reason : null;
        }
        catch (DockerException)
        {
            return null;
        }
    }

    private async Task<int?> ReadExitAsync(
        Launch launch, DockerHandle place, ContainerView? container, CancellationToken cancellationToken)
    {
        if (place.IsShared)
        {
            return new ProcessFolder(launch.Folder).ReadExit();
        }
        return container is null
            ? null
            : await ReachAsync(() => ContainerOutput.ReadExitAsync(engine, container.Id, place.Folder, cancellationToken));
    }

    private static async Task ReachAsync(Func<Task> call) => await ReachAsync(async () =>
    {
        await call();
        return true;
    });

    /// <summary>A container that is gone has nothing to bring and nothing to stop; an engine that does not answer is another matter.</summary>
    private static async Task<T?> ReachAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (DockerException exception) when (exception.Failure == DockerFailure.NotFound)
        {
            return default;
        }
        catch (DockerException exception)
        {
            throw new ExecutorUnreachableException(exception.Message, exception);
        }
    }

    [LoggerMessage(2400, LogLevel.Warning, "Of the output of {Attempt} {Count} entries were left out: links, devices, or names that lead elsewhere")]
    private partial void LogLeftOut(string attempt, int count);
}
