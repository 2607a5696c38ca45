using System.Text.Json.Nodes;
using Slipway.Client.Deployer;
using Slipway.Client.Deployments;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployer.Services;

/// <summary>This machine: the model is served by a deployment of its own, which is a route of the gateway by the model's id and tag.</summary>
internal sealed class LocalService(
    DeploymentDesk desk, EngineChoice engines, ModelPlaces models, IOptions<DeploymentOptions> options, TimeProvider clock) : IDeployService
{
    private const string DeploymentNote = "deployment";
    // What failed stays failed, whoever has given it up: it must not begin by itself hours later.
    private const string RefusalNote = "refusal";
    private const string NoFigures = "--disable-log-stats";
    private const string ServedNote = "served";

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(2);

    public IReadOnlyList<string> Types { get; } = [CatalogWords.Local];

    public string? FaultOf(DeployOrder order, CatalogModel? model)
    {
        if (model is null || engines.Find(EngineOf(order)) is not { } engine)
        {
            return $"Engine type {order.EngineType} cannot run on this machine.";
        }
        if (engine.Absence() is { } absence)
        {
            return absence;
        }
        var (words, fault) = ExtraArguments.Split(ArgumentsOf(order, model));
        return fault ?? engine.FaultOf(words) ?? (PathOf(order, model, engine) is not null
            ? null
            : $"The engine {order.EngineType} fetches no models itself, and the catalog does not say where '{model.Id}' is on this machine: "
                + $"give it a path in the file that Catalog:Path names.{EngineChoice.RemedyOf(model.HuggingFaceId ?? model.ModelScopeId ?? "")}");
    }

    public async Task<Standing> StepAsync(DeployedModel model, CancellationToken cancellationToken)
    {
        var info = desk.FindByOrigin(OriginOf(model.Order));
        if (model.IsUnwanted)
        {
            return await EndAsync(model, info, cancellationToken);
        }
        if (info is not null)
        {
            return StandingOf(model, info);
        }
        if (model.Last?.Notes.GetValueOrDefault(RefusalNote) is { } refused)
        {
            return Of(model, DeployedModelStatuses.Failed, Later) with { FailureReason = refused };
        }
        if (model.Last?.Notes.ContainsKey(DeploymentNote) == true)
        {
            return Of(model, DeployedModelStatuses.Failed, Later) with { FailureReason = "Its deployment was removed by somebody else; destroy it, and deploy it again." };
        }
        var (made, refusal) = await desk.CreateAsync(OrderOf(model), cancellationToken);
        return made is null
            ? Of(model, DeployedModelStatuses.Failed, Later) with { FailureReason = refusal, Notes = new Dictionary<string, string> { [RefusalNote] = refusal ?? "" } }
            : StandingOf(model, made);
    }

    private async Task<Standing> EndAsync(DeployedModel model, DeploymentInfo? info, CancellationToken cancellationToken)
    {
        if (info is null)
        {
            return Of(model, DeployedModelStatuses.Deleting, Soon) with { IsGone = true };
        }
        // Who asks to destroy has no second question to answer: what does not end by itself is killed.
        var isStubborn = info is { Status: DeploymentStatuses.Stopping, FailureReason: not null };
        await desk.BeginRemovalAsync(info.DeploymentId, isStubborn, cancellationToken);
        return Of(model, DeployedModelStatuses.Deleting, Soon) with
        {
            IsEnding = true,
            FailureReason = isStubborn ? info.FailureReason : null,
            Notes = NotesOf(model, info, hasServed: true),
        };
    }

    private Standing StandingOf(DeployedModel model, DeploymentInfo info)
    {
        var hasServed = info.Status == DeploymentStatuses.Running || model.Last?.Notes.ContainsKey(ServedNote) == true;
        var status = info.Status switch
        {
            DeploymentStatuses.Running => DeployedModelStatuses.InService,
            DeploymentStatuses.Failed or DeploymentStatuses.Stopped => DeployedModelStatuses.Failed,
            DeploymentStatuses.Stopping => DeployedModelStatuses.Deleting,
            _ => hasServed ? DeployedModelStatuses.Updating : DeployedModelStatuses.CreatingEndpoint,
        };
        return Of(model, status, status == DeployedModelStatuses.InService ? Later : Soon) with
        {
            FailureReason = info.FailureReason,
            EndpointUrl = info.Port is { } port ? $"http://{options.Value.Host}:{port}/v1" : null,
            InstanceCount = info.Replicas,
            Notes = NotesOf(model, info, hasServed),
        };
    }

    /// <summary>With the moment of its last change, and the change among its events.</summary>
    private Standing Of(DeployedModel model, string status, TimeSpan next)
    {
        var now = clock.GetUtcNow();
        var isNew = model.Last?.Status != status;
        return new Standing
        {
            Status = status,
            EndpointName = NameOf(model.Order),
            InstanceType = model.Order.InstanceType,
            CreatedAt = model.CreatedAt,
            ModifiedAt = isNew ? now : model.Last!.ModifiedAt,
            Events = [.. (model.Last?.Events ?? []).Concat(isNew ? [new DeployEvent(now, NameOf(model.Order), status)] : []).TakeLast(50)],
            Notes = model.Last?.Notes ?? new Dictionary<string, string>(),
            NextStep = next,
        };
    }

    private static Dictionary<string, string> NotesOf(DeployedModel model, DeploymentInfo info, bool hasServed)
    {
        var notes = new Dictionary<string, string>(model.Last?.Notes ?? new Dictionary<string, string>()) { [DeploymentNote] = info.DeploymentId };
        if (hasServed)
        {
            notes[ServedNote] = "yes";
        }
        return notes;
    }

    private DeploymentOrder OrderOf(DeployedModel model) => new()
    {
        ModelPath = PathOf(model.Order, model.Model, engines.Find(EngineOf(model.Order))) ?? model.Model.Id,
        ModelVersion = model.Order.ModelTag,
        Tags = ["deployer"],
        Engine = EngineOf(model.Order),
        ExtraArgs = ArgumentsOf(model.Order, model.Model),
        ServedModelName = NameOf(model.Order),
        RouteNames = model.Order.ModelTag == Surface.DeployBody.UsualTag ? [model.Order.ModelId] : [],
        Origin = OriginOf(model.Order),
    };

    private string? PathOf(DeployOrder order, CatalogModel model, IServingEngine? engine) =>
        model.Path ?? (engines.BundledModel(order.ModelId) is not null ? order.ModelId
            : engine is { TakesHubNames: true } ? model.HuggingFaceId
            : new[] { model.HuggingFaceId, model.ModelScopeId }.FirstOrDefault(name => name is not null && models.FindPulled(name) is not null));

    /// <summary>What the catalog says that the model needs, and then the caller's own.</summary>
    private static string ArgumentsOf(DeployOrder order, CatalogModel model)
    {
        var own = (order.ExtraParams["engine_params"] as JsonObject)?["cli_args"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
        var usual = model.Engines.FirstOrDefault(engine => engine.Type == order.EngineType)?.EmdDefaultCliArgs ?? "";
        // Without its figures a server that is busy cannot be told from one that hangs.
        usual = usual.Replace(NoFigures, "", StringComparison.Ordinal);
        return $"{usual} {own}".Trim();
    }

    private static string EngineOf(DeployOrder order) => order.EngineType == "llama.cpp" ? "llama-server" : order.EngineType;

    private static string NameOf(DeployOrder order) => $"{order.ModelId}/{order.ModelTag}";

    private static string OriginOf(DeployOrder order) => $"deployer {NameOf(order)}";
}
