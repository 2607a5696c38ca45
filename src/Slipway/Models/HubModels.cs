using Slipway.Commands;
using Slipway.Server;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Hub;
using Slipway.Terminal;

namespace Slipway.Models;

/// <summary>Models that are named as a hub names them, wherever a command takes one: <c>owner/name[:format]</c>.</summary>
internal static class HubModels
{
    private const int MostOthers = 12;

    /// <summary>
    /// The file or folder that is meant: one of that path, else what was pulled by that name; else it is pulled now, once.
    /// </summary>
    /// <param name="model">A path or a name.</param>
    /// <param name="tellsInLines">Whether the pull tells each tenth in a line of its own where there is no terminal, as servers do.</param>
    /// <param name="cancellationToken">Stops the pull; what came is kept.</param>
    /// <exception cref="HubException">It cannot be had.</exception>
    public static async Task<string> FileOfAsync(string model, bool tellsInLines, CancellationToken cancellationToken)
    {
        if (HubName.TryParse(model) is not { } name || Path.Exists(model))
        {
            return model;
        }
        using var library = Open(null, null);
        if (library.Find(name)?.Path is { } pulled)
        {
            return pulled;
        }
        try
        {
            var plan = await library.PlanAsync(name, [], cancellationToken);
            Announce(plan, library.Host);
            var found = await ShowAsync(plan, tellsInLines, progress => library.PullAsync(plan, progress, SayWaiting, cancellationToken));
            return found.Path ?? model;
        }
        catch (HubException exception) when (exception.Fault == HubFault.NotFound)
        {
            throw new CommandException($"There is no file or folder '{model}' here. {exception.Message}");
        }
    }

    /// <exception cref="CommandException">A setting is not accepted.</exception>
    public static HubLibrary Open(string? hub, string? endpoint)
    {
        try
        {
            return new HubLibrary(ServerSettings.Read(), HubLibrary.KindOf(hub), endpoint);
        }
        catch (ServerStartException exception)
        {
            throw new CommandException(exception.Message);
        }
    }

    /// <summary>Tells what will come, and what else could.</summary>
    public static void Announce(HubPlan plan, string host)
    {
        var what = plan.Files is [var one] ? one.Path : $"{plan.Files.Count} files";
        Console.Error.WriteLine($"Pulling {plan.Name.Repository} from {host}: {CellText.OneLine(what)}, {Wording.Bytes(plan.Bytes)}.");
        if (plan.Others.Count > 0 && plan.Name.Selector is null)
        {
            var others = string.Join(", ", plan.Others.Take(MostOthers).Select(CellText.OneLine)) + (plan.Others.Count > MostOthers ? ", …" : "");
            Console.Error.WriteLine($"There is also {others}; choose with {plan.Name.Repository}:{CellText.OneLine(plan.Others[0])}.");
        }
    }

    /// <summary>Does a pull and shows how far it is.</summary>
    public static Task<T> ShowAsync<T>(HubPlan plan, bool tellsInLines, Func<IProgress<long>?, Task<T>> pull) =>
        tellsInLines && Console.IsErrorRedirected
            ? pull(new TenthLines($"Pulling {plan.Name}", plan.Bytes, Console.Error))
            : TransferBar.RunAsync(plan.Name.Repository, plan.Bytes, pull);

    public static void SayWaiting() => Console.Error.WriteLine("Another process pulls it already; waiting for that one.");
}
