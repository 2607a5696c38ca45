using Slipway.Server.Platform.Database;
using Slipway.Server.Platform.Hub.Store;

namespace Slipway.Server.Platform.Hub;

/// <summary>What was pulled to this machine, found by the names that hubs know it by. Reads the disk alone: no hub is asked.</summary>
internal sealed class HubShelf
{
    private readonly ModelStore _store;
    private readonly HubKind[] _hubs;

    /// <param name="settings">With the environment's variables.</param>
    /// <param name="kind">The hub whose models go first; null takes <c>SLIPWAY_HUB</c>, <c>Hub:Kind</c> or Hugging Face.</param>
    /// <exception cref="ServerStartException">A setting is not accepted, or the data folder cannot be made.</exception>
    public HubShelf(IConfiguration settings, HubKind? kind = null)
    {
        var first = kind ?? NamedBy(settings) ?? HubOptions.Of(settings).Kind;
        _hubs = [.. Enum.GetValues<HubKind>().OrderByDescending(hub => hub == first)];
        _store = new ModelStore(FolderOf(settings));
    }

    /// <summary>Where pulled models lie.</summary>
    /// <exception cref="ServerStartException">The data folder cannot be made.</exception>
    public static string FolderOf(IConfiguration settings) => Path.Combine(DataFolder.Of(settings).In("models"), "hub");

    /// <summary>Null when it was not pulled, or not all of it is there any more.</summary>
    public PulledModel? Find(HubName name) => _store.Find(name, _hubs);

    /// <summary>The file or folder of what was pulled by that name; null for what is no hub's name, too.</summary>
    public string? PathOf(string name) => HubName.TryParse(name) is { } known ? Find(known)?.Path : null;

    private static HubKind? NamedBy(IConfiguration settings)
    {
        try
        {
            return HubLibrary.KindOf(settings["SLIPWAY_HUB"]);
        }
        catch (ArgumentException exception)
        {
            throw new ServerStartException($"SLIPWAY_HUB: {exception.Message}", exception);
        }
    }
}
