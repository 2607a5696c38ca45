using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments;

/// <summary>Deployments, for clients and for the rest of the server: made, looked at, restarted, taken away.</summary>
internal sealed class DeploymentDesk(
    DeploymentSupervisor supervisor, DeploymentShelf shelf, DeploymentStore store, DeploymentFolders folders, EngineChoice engines,
    ModelPlaces models, ModelArtifacts artifacts, IOptions<DeploymentOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    // More than killing takes where it can be done, several servers at once on a host that hardly moves.
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(30);

    /// <inheritdoc cref="DeploymentSupervisor.WhyNotReadyAsync"/>
    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) => supervisor.WhyNotReadyAsync(cancellationToken);

    /// <summary>Keeps the deployment; its servers are started after the answer.</summary>
    /// <returns>It, or why it cannot be, in words for users.</returns>
    public async Task<(DeploymentInfo? Info, string Refusal)> CreateAsync(DeploymentOrder order, CancellationToken cancellationToken)
    {
        if (await WhyNotReadyAsync(cancellationToken) is { } why)
        {
            return (null, why);
        }
        if (order.Origin is { } origin && FindByOrigin(origin) is { } known)
        {
            return (known, "");
        }
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        var isKept = false;
        try
        {
            var (row, refusal) = await PlanAsync(id, order, cancellationToken);
            if (row is null)
            {
                return (null, refusal);
            }
            // Kept or not, and nothing in between: one that only the database knows would begin with the next start of this server.
            isKept = await store.TryAddAsync(row, CancellationToken.None);
            return isKept ? (supervisor.Take(row).ToInfo(), "")
                : FindByOrigin(order.Origin!) is { } other ? (other, "")
                : (null, $"There is a deployment of '{order.Origin}' already.");
        }
        finally
        {
            if (!isKept)
            {
                folders.Remove(id);
            }
        }
    }

    /// <summary>Null when there is none of that id.</summary>
    public DeploymentInfo? Find(string id) => shelf.Get(id)?.ToInfo();

    /// <summary>The deployment that was made with this origin; null without one.</summary>
    public DeploymentInfo? FindByOrigin(string origin) => shelf.All.FirstOrDefault(one => one.Row.Origin == origin)?.ToInfo();

    /// <summary>All of this machine, the newest first.</summary>
    public IEnumerable<DeploymentInfo> All => shelf.All.Reverse().Select(one => one.ToInfo());

    /// <summary>
    /// Starts its servers again, one after another where it has several: requests in flight are finished first. Returns at once.
    /// </summary>
    public async Task<RestartOutcome> RestartAsync(string id)
    {
        if (shelf.Get(id) is not { Row.Wish: Wishes.Running } deployed)
        {
            return RestartOutcome.Unknown;
        }
        if (!deployed.TryBeginRoll())
        {
            return RestartOutcome.IsRestarting;
        }
        try
        {
            await supervisor.ChangeAsync(deployed, row => row with { StartedAt = Now, StoppedAt = null });
        }
        catch
        {
            deployed.EndRoll();
            throw;
        }
        supervisor.Roll(deployed);
        return RestartOutcome.Begun;
    }

    /// <summary>The same as <see cref="RemoveAsync"/>, and does not wait; false when there is none of that id.</summary>
    public async Task<bool> BeginRemovalAsync(string id, bool force, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (shelf.Get(id) is not { } deployed)
        {
            return false;
        }
        await supervisor.ChangeAsync(deployed, row => row with { Wish = force || row.Wish == Wishes.RemovedByForce ? Wishes.RemovedByForce : Wishes.Removed });
        foreach (var keeper in deployed.Keepers)
        {
            keeper.Want(ReplicaWish.Stop, force);
        }
        return true;
    }

    /// <summary>
    /// Takes a deployment away: no new requests, those that it has are finished within the grace, then its processes are told to
    /// end. Returns when that is done, or when it should have been: the removal goes on then.
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
        var began = clock.GetTimestamp();
        var patience = (force ? TimeSpan.Zero : options.Value.DrainGrace + options.Value.StopGrace) + KillPatience;
        while (shelf.Get(id) is not null)
        {
            if (deployed is { IsUndead: true } || (deployed.IsStubborn && !force))
            {
                return force ? RemovalOutcome.Undead : RemovalOutcome.StillAlive;
            }
            if (clock.GetElapsedTime(began) > patience)
            {
                return RemovalOutcome.Unfinished;
            }
            await Task.Delay(Look, clock, cancellationToken);
        }
        return RemovalOutcome.Removed;
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<(DeploymentRow? Row, string Refusal)> PlanAsync(string id, DeploymentOrder order, CancellationToken cancellationToken)
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
        if (artifact is not null)
        {
            var file = artifacts.Lay(artifact, id);
            var (itsEngine, why) = Choose(order, file, words);
            return itsEngine is null ? (null, why) : (RowOf(order, id, itsEngine) with { ModelFile = file, ServedModelName = order.ServedModelName ?? ModelPlaces.NameOf(file) }, "");
        }
        // Kept as it is found now: another pull of the same name, or a folder that goes, must not change what runs.
        var here = models.FindHere(order.ModelPath);
        var pulled = models.FindPulled(order.ModelPath);
        var (engine, refusal) = Choose(order, pulled, words);
        return engine is null ? (null, refusal)
            : (RowOf(order, id, engine) with { ModelFile = here ?? (pulled is not null && ModelPlaces.IsFor(engine, pulled) ? pulled : null) }, "");
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

    private DeploymentRow RowOf(DeploymentOrder order, string id, IServingEngine engine) => new()
    {
        Id = id,
        Owner = folders.Owner,
        ModelPath = order.ModelPath,
        ModelVersion = order.ModelVersion,
        ServedModelName = order.ServedModelName ?? ModelPlaces.NameOf(order.ModelPath),
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

    /// <summary>Its processes have been killed and are there all the same.</summary>
    Undead,

    /// <summary>Something else keeps it from coming to its end; the server's log says what.</summary>
    Unfinished,
}

/// <summary>What became of a wish to start a deployment's servers again.</summary>
internal enum RestartOutcome
{
    Begun,

    /// <summary>There is none of that id.</summary>
    Unknown,

    /// <summary>An earlier wish is being carried out.</summary>
    IsRestarting,
}
