using System.Globalization;
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
    private const string ContainerParameter = "container";
    private const string SharedFile = ".slipway";

    public string Name => "docker";

    public bool HasOwnQueue => false;

    public IReadOnlyCollection<string> ParameterNames { get; } = [ContainerParameter];

    public TimeSpan Pace => options.Value.Pace;

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var container = await engine.InspectAsync(options.Value.Container, cancellationToken);
            return container.State.CanRunCommands
                ? Unfit(options.Value.Container, container, await PrepareAsync(container, null, cancellationToken))
                : NotRunning(options.Value.Container, container);
        }
        catch (DockerException exception)
        {
            return Words(options.Value.Container, exception);
        }
    }

    public string Describe(Launch launch) => ShellWords.Join(
    [
        "docker", "exec", "-w", options.Value.WorkingDirectory, ContainerOf(launch), .. launch.CommandIn(launch.Folder),
    ]);

    public async Task<Started> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        var name = ContainerOf(launch);
        if (!DockerOptions.IsContainerName(name))
        {
            return Started.Refused($"'{name}' cannot be a container's name: letters, digits, '_', '.' and '-' are accepted.");
        }
        try
        {
            var container = await engine.InspectAsync(name, cancellationToken);
            return container.State.CanRunCommands
                ? await StartInAsync(launch, name, container, cancellationToken)
                : await FindAsync(launch, name, container, cancellationToken) is { } handle
                    ? Started.As($"{handle}")
                    : Started.Refused(NotRunning(name, container));
        }
        catch (DockerException exception) when (exception.Failure != DockerFailure.Unreachable)
        {
            return Started.Refused(Words(name, exception));
        }
        catch (DockerException exception)
        {
            throw new ExecutorUnreachableException(exception.Message, exception);
        }
    }

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

    private string ContainerOf(Launch launch) => launch.Parameters.GetValueOrDefault(ContainerParameter, options.Value.Container);

    private string OwnFolder(Launch launch) => $"{options.Value.Folder}/{launch.Name}";

    private async Task<Started> StartInAsync(Launch launch, string name, ContainerView container, CancellationToken cancellationToken)
    {
        new ProcessFolder(launch.Folder).Prepare(launch.OutputFile);
        await File.WriteAllTextAsync(Path.Combine(launch.Folder, SharedFile), launch.Name, cancellationToken);
        var said = await PrepareAsync(container, launch, cancellationToken);
        if (Unfit(name, container, said) is { } complaint)
        {
            return Started.Refused(complaint);
        }
        var handle = Handle(name, container, launch, isShared: said is ["shared"]);
        if (said is ["empty", var user, var group])
        {
            var owner = (int.Parse(user, CultureInfo.InvariantCulture), int.Parse(group, CultureInfo.InvariantCulture));
            using var archive = new AttemptArchive(launch, owner);
            await engine.PutArchiveAsync(container.Id, handle.Folder, archive, cancellationToken);
        }
        return await RunAsync(launch, handle, container.Resolve(options.Value.WorkingDirectory), cancellationToken);
    }

    private async Task<Started> RunAsync(Launch launch, DockerHandle handle, string directory, CancellationToken cancellationToken)
    {
        var environment = RunMark.EnvironmentIn(launch, handle.Folder);
        if (launch.GpuIds.Count > 0)
        {
            environment["CUDA_VISIBLE_DEVICES"] = string.Join(',', launch.GpuIds);
        }
        string[] arguments = [handle.Folder, directory, .. launch.CommandIn(handle.Folder)];
        var said = (await engine.SayAsync(handle.ContainerId, DockerScripts.Start, arguments, environment, cancellationToken)).Trim();
        return said.Split(' ', 2) switch
        {
            ["started"] => Started.As($"{handle}"),
            ["refused", var reason] => Started.Refused(reason),
            ["unstaged"] => Started.Refused(
                $"What was copied to '{handle.Folder}' in container '{handle.Container}' is not seen there: a tmpfs? "
                + "Let Training:Docker:Folder be on the container's disk or on a volume."),
            // The wrapper is on its way still, or will never be; looks will tell.
            _ => Started.As($"{handle}"),
        };
    }

    /// <summary>An attempt that an earlier call started in a container that cannot be asked now.</summary>
    private async Task<DockerHandle?> FindAsync(Launch launch, string name, ContainerView container, CancellationToken cancellationToken)
    {
        if (container.Translate(launch.Folder) is not null && new ProcessFolder(launch.Folder).IsClaimed)
        {
            return Handle(name, container, launch, isShared: true);
        }
        return await engine.ExistsAsync(container.Id, $"{OwnFolder(launch)}/claim", cancellationToken)
            ? Handle(name, container, launch, isShared: false)
            : null;
    }

    private DockerHandle Handle(string name, ContainerView container, Launch launch, bool isShared) => new()
    {
        ContainerId = container.Id,
        Container = name,
        ContainerStartedAt = container.State.StartedAt,
        Folder = isShared ? container.Translate(launch.Folder)! : OwnFolder(launch),
        IsShared = isShared,
    };

    private async Task<string[]> PrepareAsync(ContainerView container, Launch? launch, CancellationToken cancellationToken)
    {
        var said = await engine.SayAsync(container.Id, DockerScripts.Prepare,
        [
            launch is null ? "" : container.Translate(launch.Folder) ?? "",
            launch?.Name ?? "",
            launch is null ? $"{options.Value.Folder}/check" : OwnFolder(launch),
            container.Resolve(options.Value.WorkingDirectory),
        ], null, cancellationToken);
        return said.Trim().Split(' ');
    }

    private string? Unfit(string name, ContainerView container, string[] said) => said[0] switch
    {
        "missing" => $"The container '{name}' lacks {string.Join(", ", said[1..])}: add them to its image.",
        "nodirectory" => $"The container '{name}' has no folder '{container.Resolve(options.Value.WorkingDirectory)}': "
            + "set Training:Docker:WorkingDirectory to where the training scripts are.",
        "unwritable" => $"In the container '{name}' nothing can be written below '{options.Value.Folder}': "
            + "set Training:Docker:Folder to a folder that its user may write to.",
        "shared" or "staged" or "empty" => null,
        _ => $"The container '{name}' answers '{string.Join(' ', said)}' where its tools were asked for.",
    };

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

    private static string NotRunning(string name, ContainerView container) => container.State.Paused
        ? $"The container '{name}' is paused: unpause it."
        : $"The container '{name}' is not running (it is {container.State.Status}): start it.";

    private static string Words(string name, DockerException exception) => exception.Failure == DockerFailure.NotFound
        ? $"There is no container '{name}': create it, or name another one in Training:Docker:Container or in the run's parameters.container."
        : exception.Message;

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
