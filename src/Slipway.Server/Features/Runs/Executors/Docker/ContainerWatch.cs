using System.Collections.Concurrent;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>Looks at all attempts of a container at once: starting a program in a container costs far more than what it does here.</summary>
internal sealed class ContainerWatch(DockerEngine engine, IOptions<DockerOptions> options, TimeProvider clock) : IDisposable
{
    /// <summary>Of attempts in one call; an argument list may hold about two million bytes, each of these a few hundred.</summary>
    private const int MostAtOnce = 1000;

    private const char Separator = '\n';

    private readonly ConcurrentDictionary<string, SharedLook<ContainerLook>> _looks = [];

    /// <summary>Null when the next look is not due yet.</summary>
    public Task<ContainerLook?> LookAsync(DockerHandle handle, string mark, CancellationToken cancellationToken) => _looks
        .GetOrAdd(handle.ContainerId, id => new SharedLook<ContainerLook>(options.Value.Pace, clock, (keys, token) => AskAsync(id, keys, token)))
        .LookAsync($"{mark}{Separator}{handle.Folder}", cancellationToken);

    public void Dispose()
    {
        foreach (var look in _looks.Values)
        {
            look.Dispose();
        }
    }

    private async Task<ContainerLook> AskAsync(string containerId, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var attempts = new Dictionary<string, AttemptLook>();
        try
        {
            var container = await engine.InspectAsync(containerId, cancellationToken);
            foreach (var some in container.State.CanRunCommands ? keys.Chunk(MostAtOnce) : [])
            {
                var pairs = some.Select(key => key.Split(Separator, 2)).ToList();
                var said = await engine.SayAsync(containerId, DockerScripts.Look, pairs.SelectMany(pair => pair), null, cancellationToken);
                foreach (var (pair, line) in pairs.Zip(said.Split('\n')))
                {
                    if (AttemptLook.Parse(line) is { } attempt)
                    {
                        attempts[pair[1]] = attempt;
                    }
                }
            }
            return new ContainerLook(container, attempts, null);
        }
        catch (DockerException exception) when (exception.Failure == DockerFailure.NotFound)
        {
            return new ContainerLook(null, attempts, null);
        }
        catch (DockerException exception)
        {
            return new ContainerLook(null, attempts, exception.Message);
        }
    }
}
