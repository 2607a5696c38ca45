using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments;

/// <summary>Deployments, for clients and for the rest of the server: made, looked at, restarted, taken away.</summary>
internal sealed class DeploymentDesk(
    DeploymentSupervisor supervisor, DeploymentShelf shelf, DeploymentStore store, DeploymentFolders folders, EngineChoice engines,
    ModelPlaces models, ModelArtifacts artifacts, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Keeps the deployment; its servers are started after the answer.</summary>
    /// <returns>It, or why it cannot be, in words for users.</returns>
    public async Task<(DeploymentInfo? Info, string Refusal)> CreateAsync(DeploymentOrder order, CancellationToken cancellationToken)
    {
        if (!supervisor.Ready.IsCompleted)
        {
            return (null, "Another Slipway server looks after the deployments of this data folder; ask that one.");
        }
        if (order.Origin is { } origin && FindByOrigin(origin) is { } known)
        {
            return (known, "");
        }
        var (row, refusal) = await PlanAsync(order, cancellationToken);
        if (row is null)
        {
            return (null, refusal);
        }
        if (!await store.TryAddAsync(row, cancellationToken))
        {
            folders.Remove(row.Id);
            return (null, $"There is a deployment of '{order.Origin}' already.");
        }
        return (supervisor.Take(row, []).ToInfo(), "");
    }

    /// <summary>Null when there is none of that id.</summary>
    public DeploymentInfo? Find(string id) => shelf.Get(id)?.ToInfo();

    /// <summary>The deployment that was made with this origin; null without one.</summary>
    public DeploymentInfo? FindByOrigin(string origin) => shelf.All.FirstOrDefault(one => one.Row.Origin == origin)?.ToInfo();

    /// <summary>All of this machine, the newest first.</summary>
    public IEnumerable<DeploymentInfo> All => shelf.All.Reverse().Select(one => one.ToInfo());

    /// <summary>
    /// Starts its servers again, one after another where it has several: requests in flight are finished first. Returns at once;
    /// false when there is none of that id.
    /// </summary>
    public async Task<bool> RestartAsync(string id, CancellationToken cancellationToken)
    {
        if (shelf.Get(id) is not { Row.Wish: not Wishes.Removed } deployed)
        {
            return false;
        }
        deployed.Row = deployed.Row with { Wish = Wishes.Running, StartedAt = Now, StoppedAt = null };
        await store.SaveAsync(deployed.Row, cancellationToken);
        supervisor.Roll(deployed);
        return true;
    }

    /// <summary>The same as <see cref="RemoveAsync"/>, and does not wait; false when there is none of that id.</summary>
    public async Task<bool> BeginRemovalAsync(string id, bool force, CancellationToken cancellationToken)
    {
        if (shelf.Get(id) is not { } deployed)
        {
            return false;
        }
        deployed.Row = deployed.Row with { Wish = Wishes.Removed };
        await store.SaveAsync(deployed.Row, cancellationToken);
        foreach (var keeper in deployed.Keepers)
        {
            keeper.Want(ReplicaWish.Stop, force);
        }
        return true;
    }

    /// <summary>
    /// Takes a deployment away: no new requests, those that it has are finished within the grace, then its processes are told to
    /// end. Returns when that is done.
    /// </summary>
    /// <param name="id">Which.</param>
    /// <param name="force">Does not wait for requests, and kills what does not end.</param>
    /// <param name="cancellationToken">Ends the wait, not the removal.</param>
    public async Task<RemovalOutcome> RemoveAsync(string id, bool force, CancellationToken cancellationToken)
    {
        if (!await BeginRemovalAsync(id, force, cancellationToken) || shelf.Get(id) is not { } deployed)
        {
            return RemovalOutcome.Unknown;
        }
        while (shelf.Get(id) is not null)
        {
            if (deployed.IsStubborn && !force)
            {
                return RemovalOutcome.StillAlive;
            }
            await Task.Delay(Look, clock, cancellationToken);
        }
        return RemovalOutcome.Removed;
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<(DeploymentRow? Row, string Refusal)> PlanAsync(DeploymentOrder order, CancellationToken cancellationToken)
    {
        if (ModelPlaces.FaultOf(order.ModelPath) is { } pathFault)
        {
            return (null, pathFault);
        }
        var (words, fault) = ExtraArguments.Split(order.ExtraArgs);
        if (fault is not null)
        {
            return (null, $"extra_args: {fault}");
        }
        if (EngineVariables.FaultOf(order.Env.Keys) is { } variable)
        {
            return (null, $"env: {variable}");
        }
        var (artifact, missing) = await artifacts.FindAsync(order.ModelPath, cancellationToken);
        if (missing is not null)
        {
            return (null, missing);
        }
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        var file = artifact is null ? null : artifacts.Lay(artifact, id);
        var (engine, refusal) = Choose(order, file, words);
        if (engine is null)
        {
            folders.Remove(id);
            return (null, refusal);
        }
        return (RowOf(order, id, file, engine), "");
    }

    private (IServingEngine? Engine, string Refusal) Choose(DeploymentOrder order, string? file, IReadOnlyList<string> words)
    {
        if (file is null && ModelPlaces.AbsenceOf(order.ModelPath) is { } absence)
        {
            return (null, absence);
        }
        var (engine, refusal) = engines.Choose(order.Engine, file ?? models.Resolve(order.ModelPath));
        if (engine is null)
        {
            return (null, refusal);
        }
        if (file is null && models.AbsenceOf(order.ModelPath, engine) is { } none)
        {
            return (null, none);
        }
        return engine.FaultOf(words) is { } fault ? (null, $"extra_args: {fault}") : (engine, "");
    }

    private DeploymentRow RowOf(DeploymentOrder order, string id, string? file, IServingEngine engine) => new()
    {
        Id = id,
        Owner = folders.Owner,
        ModelPath = order.ModelPath,
        ModelFile = file,
        ModelVersion = order.ModelVersion,
        ServedModelName = order.ServedModelName ?? ModelPlaces.NameOf(file ?? order.ModelPath),
        Tags = JsonSerializer.Serialize(order.Tags),
        RouteNames = JsonSerializer.Serialize(order.RouteNames),
        Env = JsonSerializer.Serialize(order.Env),
        Engine = engine.Name,
        ExtraArgs = order.ExtraArgs,
        PreferredGpu = order.PreferredGpu,
        GpuMemoryBytes = order.GpuMemoryBytes,
        HealthPath = order.HealthPath ?? engine.HealthPath,
        Replicas = order.Replicas,
        Origin = order.Origin,
        CreatedAt = Now,
        StartedAt = Now,
    };
}

/// <summary>What became of a removal.</summary>
internal enum RemovalOutcome
{
    Removed,

    /// <summary>There is none of that id.</summary>
    Unknown,

    /// <summary>Its processes have not ended within the grace; they have been told to.</summary>
    StillAlive,
}
