using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Json;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Deployer.Surface;

/// <summary>POST /emd_deploy, /emd_status, /emd_destroy and /emd_models: models of the catalog on their way to service and out of it.</summary>
internal static class DeployEndpoints
{
    private const int LongestName = 256;

    /// <summary>Clients that ask to be kept waiting are answered after this at the latest.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public static void Map(IEndpointRouteBuilder deployer)
    {
        deployer.MapPost("/emd_deploy", Deploy).ReadsBody(DeployBody.Read).WithSummary("Deploys a model of the catalog; answers when that has begun")
            .Produces<DeployStarted>().Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status409Conflict);
        deployer.MapPost("/emd_status", Status).ReadsBody(ReadName).WithSummary("Where a deployment stands")
            .Produces<DeployedModelStatus>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        deployer.MapPost("/emd_destroy", Destroy).ReadsBody(ReadName).WithSummary("Takes a deployment away; answers when that has begun")
            .Produces<DeployerSuccess>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        deployer.MapPost("/emd_models", List).ReadsBody(_ => new NoFields(), mayBeEmpty: true).WithSummary("All deployments, the newest first")
            .Produces<IReadOnlyList<DeployedModelRow>>();
    }

    private static async Task<IResult> Deploy(
        Body<DeployRequest> body, ModelCatalog catalog, IEnumerable<IDeployService> services, DeployedModelStore store, DeployBell bell,
        TimeProvider clock, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var (order, model, refusal) = DeployCheck.Of(body.Value, catalog);
        if (order is null || model is null)
        {
            return ErrorResult.BadRequest(refusal);
        }
        if (services.FirstOrDefault(service => service.Types.Contains(order.ServiceType)) is not { } service)
        {
            return ErrorResult.BadRequest(
                $"Service type {body.Value.ServiceType} is not available on this server; accepted: {string.Join(", ", services.SelectMany(one => one.Types))}.");
        }
        if (service.FaultOf(order, model) is { } fault)
        {
            return ErrorResult.BadRequest(fault);
        }
        if (!await store.TryAddAsync(new DeployedModel(order, model, Moment.Now(clock), IsUnwanted: false, Last: null), cancellationToken))
        {
            return ErrorResult.Conflict(
                $"A model with ID: {order.ModelId} and tag: {order.ModelTag} already exists. Please use a different tag to continue, or destroy it first.");
        }
        bell.Ring();
        if (body.Value.WaitingUntilDeployComplete == true)
        {
            await WaitAsync(order, store, clock, lifetime.ApplicationStopping, cancellationToken);
        }
        return TypedResults.Ok(new DeployStarted
        {
            Success = true,
            Message = "Deployment initiated successfully",
            DeploymentConfig = DeployBody.Echo(body.Value),
        });
    }

    private static async Task<IResult> Status(Body<DeployedModelRequest> body, DeployedModelStore store, CancellationToken cancellationToken)
    {
        var (id, tag) = NameOf(body.Value);
        if (await store.FindAsync(id, tag, cancellationToken) is not { } deployed)
        {
            return Unknown(id, tag);
        }
        return TypedResults.Ok(new DeployedModelStatus
        {
            Status = StatusOf(deployed),
            EndpointName = deployed.Last?.EndpointName,
            EndpointUrl = deployed.Last?.EndpointUrl,
            InstanceType = deployed.Last?.InstanceType ?? deployed.Order.InstanceType,
            InstanceCount = deployed.Last?.InstanceCount,
            CreationTime = deployed.Last?.CreatedAt ?? deployed.CreatedAt,
            LastModifiedTime = deployed.Last?.ModifiedAt ?? deployed.CreatedAt,
            FailureReason = ReasonOf(deployed),
            ServiceType = deployed.Order.ServiceType,
            StackName = deployed.Last?.StackName,
            Events = [.. (deployed.Last?.Events ?? []).Select(one => new DeployedModelEvent(one.At, one.Subject, one.Text))],
        });
    }

    private static async Task<IResult> Destroy(
        Body<DeployedModelRequest> body, DeployedModelStore store, DeployBell bell, CancellationToken cancellationToken)
    {
        var (id, tag) = NameOf(body.Value);
        if (!await store.UnwantAsync(id, tag, cancellationToken))
        {
            return Unknown(id, tag);
        }
        bell.Ring();
        return TypedResults.Ok(new DeployerSuccess(true));
    }

    private static async Task<IResult> List(Body<NoFields> body, DeployedModelStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok((await store.AllAsync(cancellationToken)).Select(deployed => new DeployedModelRow
        {
            ModelId = deployed.Order.ModelId,
            ModelTag = deployed.Order.ModelTag,
            Status = StatusOf(deployed),
            ServiceType = deployed.Order.ServiceType,
            InstanceType = deployed.Last?.InstanceType ?? deployed.Order.InstanceType,
            CreateTime = deployed.CreatedAt,
            Outputs = new DeployedModelOutputs { EndpointName = deployed.Last?.EndpointName, EndpointUrl = deployed.Last?.EndpointUrl },
        }));

    private static async Task WaitAsync(
        DeployOrder order, DeployedModelStore store, TimeProvider clock, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        // A server that stops answers what it would have answered at once: it has begun, and the next server goes on with it.
        while (!stopping.IsCancellationRequested && clock.GetElapsedTime(began) < LongestWait
            && await store.FindAsync(order.ModelId, order.ModelTag, cancellationToken) is { } deployed
            && StatusOf(deployed) is not (DeployedModelStatuses.InService or DeployedModelStatuses.Failed))
        {
            await Task.Delay(Look, clock, cancellationToken);
        }
    }

    /// <summary>Who is to go shows it at once, before the first step towards it.</summary>
    private static string StatusOf(DeployedModel deployed) => deployed switch
    {
        { IsUnwanted: true, Last: not { IsEnding: true, Status: DeployedModelStatuses.Failed } } => DeployedModelStatuses.Deleting,
        _ => deployed.Last?.Status ?? DeployedModelStatuses.CreatingInfrastructure,
    };

    /// <summary>What keeps one that is to go from going is news; why it had failed before is none.</summary>
    private static string? ReasonOf(DeployedModel deployed) => deployed switch
    {
        { Last: null } => null,
        { IsUnwanted: true, Last: var last } => last.Trouble ?? (last.IsEnding ? last.FailureReason : null),
        { Last: var last } => last.FailureReason ?? last.Trouble,
    };

    private static (string Id, string Tag) NameOf(DeployedModelRequest request) => (request.ModelId, request.ModelTag ?? DeployBody.UsualTag);

    private static ErrorResult Unknown(string id, string tag) =>
        ErrorResult.NotFound($"There is no deployment of model '{id}' with tag '{tag}'; POST /emd_models lists all.");

    private static DeployedModelRequest ReadName(BodyObject body) => new()
    {
        ModelId = body.Required("model_id").Line(LongestName) ?? "",
        ModelTag = body.Optional("model_tag").Line(LongestName),
    };

    internal sealed record NoFields;
}
