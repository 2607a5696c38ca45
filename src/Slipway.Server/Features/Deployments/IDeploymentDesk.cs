using Slipway.Client.Deployments;

namespace Slipway.Server.Features.Deployments;

/// <summary>Deployments, for the rest of the server: made, looked at, taken away.</summary>
internal interface IDeploymentDesk
{
    /// <summary>Keeps the deployment; its servers are started after the answer.</summary>
    /// <returns>It, or why it cannot be, in words for users.</returns>
    Task<(DeploymentInfo? Info, string Refusal)> CreateAsync(DeploymentOrder order, CancellationToken cancellationToken);

    /// <summary>Null when there is none of that id.</summary>
    Task<DeploymentInfo?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>The deployment that was made with this origin; null without one.</summary>
    Task<DeploymentInfo?> FindByOriginAsync(string origin, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a deployment away: no new requests, those that it has are finished within the grace, then its processes are told to
    /// end. Returns when that is done.
    /// </summary>
    /// <param name="id">Which.</param>
    /// <param name="force">Does not wait for requests, and kills what does not end.</param>
    /// <param name="cancellationToken">Ends the wait, not the removal.</param>
    Task<RemovalOutcome> RemoveAsync(string id, bool force, CancellationToken cancellationToken);
}

internal enum RemovalOutcome
{
    Removed,

    /// <summary>There is none of that id.</summary>
    Unknown,

    /// <summary>Its processes have not ended within the grace; they have been told to.</summary>
    StillAlive,
}
