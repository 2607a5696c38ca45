using Slipway.Commands;
using Slipway.Server;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Hub;

namespace Slipway.Models;

/// <summary>Models that are named as a hub names them, wherever a command takes one: <c>owner/name[:format]</c>.</summary>
internal static class HubModels
{
    /// <summary>
    /// The file or folder that is meant: one of that path, else what was pulled by that name; else it is pulled now, once.
    /// </summary>
    /// <param name="model">A path or a name.</param>
    /// <param name="tellsInLines">Whether the pull tells each tenth in a line of its own where there is no terminal, as servers do.</param>
    /// <param name="cancellationToken">Stops the pull; what came is kept.</param>
    /// <param name="selector">What is wanted of a repository where the name does not say; null leaves it to the hub's files.</param>
    /// <exception cref="HubException">It cannot be had.</exception>
    public static async Task<string> FileOfAsync(string model, bool tellsInLines, CancellationToken cancellationToken, string? selector = null)
    {
        if (HubName.TryParse(model) is not { } given || Path.Exists(model))
        {
            return model;
        }
        var name = given with { Selector = given.Selector ?? selector };
        var screen = new PullScreen(tellsInLines);
        using var library = Open(null, null, screen.SayPause);
        if (library.Find(name)?.Path is { } pulled)
        {
            return pulled;
        }
        try
        {
            return await PullScreen.StoppableAsync(token => PullAsync(library, name, screen, token), cancellationToken) ?? model;
        }
        catch (HubException exception) when (exception.Fault == HubFault.NotFound)
        {
            throw new CommandException($"There is no file or folder '{model}' here. {exception.Message}");
        }
    }

    /// <param name="hub">Its name; null leaves it to the settings.</param>
    /// <param name="endpoint">Its address; null leaves it to the settings.</param>
    /// <param name="onPause">Told whenever the hub is asked again; null tells nobody.</param>
    /// <exception cref="CommandException">A setting is not accepted.</exception>
    public static HubLibrary Open(string? hub, string? endpoint, Action<HubPause>? onPause = null)
    {
        try
        {
            return new HubLibrary(ServerSettings.Read(), HubLibrary.KindOf(hub), endpoint, onPause);
        }
        catch (ServerStartException exception)
        {
            throw new CommandException(exception.Message);
        }
    }

    private static async Task<string?> PullAsync(HubLibrary library, HubName name, PullScreen screen, CancellationToken cancellationToken)
    {
        var plan = await library.PlanAsync(name, [], cancellationToken);
        screen.Announce(plan, library.Host);
        var found = await screen.ShowAsync(plan, progress => library.PullAsync(plan, progress, screen.SayWaiting, cancellationToken));
        return found.Path;
    }
}
