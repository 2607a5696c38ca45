using System.Globalization;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>How an attempt gets into a container, and what can keep it from that.</summary>
internal sealed partial class DockerExecutor
{
    private const string ContainerParameter = "container";

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

    public async Task<Started> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        if (FaultOf(launch) is { } fault)
        {
            return Started.Refused(fault);
        }
        var name = ContainerOf(launch);
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

    private static string NotRunning(string name, ContainerView container) => container.State.Paused
        ? $"The container '{name}' is paused: unpause it."
        : $"The container '{name}' is not running (it is {container.State.Status}): start it.";

    private static string Words(string name, DockerException exception) => exception.Failure == DockerFailure.NotFound
        ? $"There is no container '{name}': create it, or name another one in Training:Docker:Container or in the run's parameters.container."
        : exception.Message;
}
