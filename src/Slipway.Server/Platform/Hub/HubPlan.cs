
namespace Slipway.Server.Platform.Hub;

/// <summary>What a pull will bring.</summary>
public sealed class HubPlan
{
    internal HubPlan(HubName name, HubListing listing, FileChoice choice) => (Name, Listing, Choice) = (name, listing, choice);

    public HubName Name { get; }

    /// <summary>Forty hexadecimal digits.</summary>
    public string Commit => Listing.Commit;

    public IReadOnlyList<RemoteFile> Files => Choice.Files;

    /// <summary>What could have been chosen instead, as selectors.</summary>
    public IReadOnlyList<string> Others => Choice.Others;

    public long Bytes => Choice.Files.Sum(file => file.Size);

    internal HubListing Listing { get; }

    internal FileChoice Choice { get; }
}
