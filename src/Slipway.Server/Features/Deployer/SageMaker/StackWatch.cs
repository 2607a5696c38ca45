using Slipway.Client.Deployer;
using Slipway.Server.Aws;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>Asks AWS how a deployment's stack and endpoint are, and says it in the deployer's words.</summary>
internal sealed class StackWatch(CloudFormationClient stacks, SageMakerClient endpoints)
{
    private const int MostEvents = 50;

    private const string StackDeleted = "Its stack was deleted by somebody else; destroy the deployment, and deploy it again.";

    /// <summary>Far enough back for the first failure.</summary>
    private const int ManyEvents = 500;

    /// <param name="order">What was asked for.</param>
    /// <param name="memory">Its memory, with the stack's id.</param>
    /// <param name="known">What is known without asking.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">AWS did not answer, or refused.</exception>
    public async Task<Standing> LookAsync(DeployOrder order, StackMemory memory, Standing known, CancellationToken cancellationToken)
    {
        var stack = await stacks.DescribeStackAsync(memory.StackId!, memory.Region, cancellationToken);
        if (stack is null)
        {
            return known with { Status = DeployedModelStatuses.Failed, FailureReason = memory.Reason ?? StackDeleted };
        }
        var name = StackNames.EndpointOf(memory.StackName);
        var endpoint = stack.Status is StackStatuses.DeleteComplete ? null : await endpoints.DescribeEndpointAsync(name, memory.Region, cancellationToken);
        var status = StackStatuses.Of(stack.Status, endpoint?.Status);
        // What failed once and was mended explains nothing later.
        memory = memory with { Reason = endpoint?.FailureReason ?? (status is DeployedModelStatuses.InService ? null : memory.Reason) };
        var (reason, events) = await TellAsync(stack, memory, known.Events, cancellationToken);
        memory = memory with { Reason = reason };
        return known with
        {
            Status = status,
            Events = events,
            InstanceCount = endpoint?.Variants.Sum(variant => variant.CurrentInstances ?? 0),
            CreatedAt = endpoint?.CreatedAt ?? stack.CreatedAt,
            ModifiedAt = endpoint?.ModifiedAt ?? stack.UpdatedAt ?? stack.CreatedAt,
            FailureReason = ReasonOf(status, stack, endpoint, reason, name),
            Route = IsRouted(order, status, stack, endpoint) ? new DeployedRoute(name, memory.Region, memory.ServedName) : null,
            Notes = memory.ToNotes(),
        };
    }

    /// <summary>What happened to a stack, asked for only where it is news, and why it failed, where it did.</summary>
    public async Task<(string? Reason, IReadOnlyList<DeployEvent> Events)> TellAsync(
        CloudFormationStack stack, StackMemory memory, IReadOnlyList<DeployEvent> known, CancellationToken cancellationToken)
    {
        if (!StackStatuses.IsGoingOn(stack.Status) && known is [.., var last] && last.Subject == stack.StackName && last.Text.Split(':')[0] == stack.Status)
        {
            return (memory.Reason, known);
        }
        var events = await stacks.DescribeStackEventsAsync(stack.StackId, memory.Region, ManyEvents, cancellationToken);
        var reason = memory.Reason ?? (StackStatuses.IsUsable(stack.Status) ? null : FailureWords.FirstOf(events));
        return (reason, Tell(events));
    }

    /// <summary>What happened to a stack on its way out, and why it is not gone, where it could not go.</summary>
    public async Task<(string? Reason, IReadOnlyList<DeployEvent> Events)> TellOfEndAsync(
        CloudFormationStack stack, StackMemory memory, IReadOnlyList<DeployEvent> known, CancellationToken cancellationToken)
    {
        if (stack.Status != StackStatuses.DeleteFailed)
        {
            return (null, (await TellAsync(stack, memory, known, cancellationToken)).Events);
        }
        var events = await stacks.DescribeStackEventsAsync(stack.StackId, memory.Region, ManyEvents, cancellationToken);
        return (FailureWords.OfDeletion(events) ?? stack.StatusReason, Tell(events));
    }

    /// <summary>The latest, oldest first.</summary>
    private static List<DeployEvent> Tell(IReadOnlyList<StackEvent> newestFirst) => [.. newestFirst.Take(MostEvents).Reverse().Select(Tell)];

    private static DeployEvent Tell(StackEvent one) => new(one.At, one.LogicalId, one.Reason is null ? one.Status : $"{one.Status}: {one.Reason}");

    private static string? ReasonOf(string status, CloudFormationStack stack, SageMakerEndpoint? endpoint, string? reason, string name) => (status, endpoint?.Status) switch
    {
        (DeployedModelStatuses.InService, "UpdateRollbackFailed") => $"The endpoint serves a mix of old and new: its update failed, and taking it back, too. {endpoint!.FailureReason}".TrimEnd(),
        (DeployedModelStatuses.Failed, null) when StackStatuses.IsUsable(stack.Status) => "The endpoint was deleted by somebody else; destroy the deployment, and deploy it again.",
        (DeployedModelStatuses.Failed, _) when stack.Status is StackStatuses.DeleteComplete && reason is null => StackDeleted,
        (DeployedModelStatuses.Failed, "OutOfService") => "The endpoint is OutOfService: AWS runs no instances of it.",
        (DeployedModelStatuses.Failed, _) => FailureWords.WithRemedy(reason ?? stack.StatusReason ?? $"The stack is {stack.Status}.", name),
        (DeployedModelStatuses.InService, _) => null,
        _ => reason is null ? null : FailureWords.WithRemedy(reason, name),
    };

    /// <summary>An endpoint that gives its answers later has none to give to the gateway.</summary>
    private static bool IsRouted(DeployOrder order, string status, CloudFormationStack stack, SageMakerEndpoint? endpoint) =>
        order.ServiceType == CatalogWords.SageMakerRealtime
        && status is DeployedModelStatuses.InService or DeployedModelStatuses.Updating or DeployedModelStatuses.RollingBack
        // While a creation is taken back, an endpoint of that name may be somebody else's, and the reason why.
        && stack.Status != StackStatuses.RollbackInProgress
        && StackStatuses.Answers(endpoint?.Status);
}
