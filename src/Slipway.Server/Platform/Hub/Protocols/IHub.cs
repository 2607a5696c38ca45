namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>A protocol of hubs: how a repository is listed and where its files are.</summary>
internal interface IHub
{
    HubEndpoint Endpoint { get; }

    /// <summary>The branch that is meant where none is named.</summary>
    string UsualRevision { get; }

    /// <exception cref="HubException">There is none, or it cannot be used.</exception>
    Task<HubListing> ListAsync(HubName name, string revision, CancellationToken cancellationToken);

    /// <summary>Where a file of a listing is.</summary>
    Uri AddressOf(HubName name, string revision, HubListing listing, RemoteFile file);
}
