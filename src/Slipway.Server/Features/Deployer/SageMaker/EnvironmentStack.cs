using Slipway.Server.Aws;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// The one stack of a region that all deployments share, for the role that endpoints run as. It is made when the first one needs it, and
/// stays: it costs nothing. Several deployments may want it at once; CloudFormation lets one of them make it.
/// </summary>
internal sealed class EnvironmentStack(CloudFormationClient stacks, IOptions<SageMakerOptions> options)
{
    public const string ProductTag = "slipway";
    private const string ProductValue = "environment";
    private const int ManyEvents = 200;

    /// <summary>One step towards a role.</summary>
    /// <returns>The memory, with the role in it once there is one, or with the refusal when there will be none.</returns>
    /// <exception cref="AwsException">AWS did not answer, or refused.</exception>
    public async Task<StackMemory> StepAsync(StackMemory memory, DeployOrder order, CancellationToken cancellationToken)
    {
        if (options.Value.RoleArn is { } role)
        {
            return memory with { RoleArn = role };
        }
        var stack = await stacks.DescribeStackAsync(memory.EnvironmentId ?? options.Value.EnvironmentStack, memory.Region, cancellationToken);
        if (stack is null or { Status: StackStatuses.DeleteComplete })
        {
            return memory.EnvironmentId is null
                ? await MakeAsync(memory, order, cancellationToken)
                : await RefuseAsync(memory, stack?.StackId, "was deleted while it was being made", cancellationToken);
        }
        if (!stack.Tags.TryGetValue(ProductTag, out var kind) || kind != ProductValue)
        {
            return memory with { Refusal = Foreign() };
        }
        if (StackStatuses.IsGoingOn(stack.Status))
        {
            // Of its making one must know when it fails whose it was; an update or a deletion is somebody else's.
            return stack.Status is "CREATE_IN_PROGRESS" or "ROLLBACK_IN_PROGRESS" ? memory with { EnvironmentId = stack.StackId } : memory;
        }
        return StackStatuses.IsUsable(stack.Status)
            ? await UseAsync(memory, stack, order, cancellationToken)
            : await MendAsync(memory, stack, cancellationToken);
    }

    private async Task<StackMemory> MakeAsync(StackMemory memory, DeployOrder order, CancellationToken cancellationToken)
    {
        try
        {
            var id = await stacks.CreateStackAsync(Order(memory, "environment") with { OnFailure = order.OnFailure }, cancellationToken);
            return memory with { EnvironmentId = id };
        }
        catch (AwsException exception) when (exception.Code is CloudFormationErrors.AlreadyExists)
        {
            // Another deployment was first: the next look finds it.
            return memory;
        }
    }

    private async Task<StackMemory> UseAsync(StackMemory memory, CloudFormationStack stack, DeployOrder order, CancellationToken cancellationToken)
    {
        if (order.ForceEnvStackUpdate && !memory.IsEnvironmentUpdated)
        {
            try
            {
                var isChange = await stacks.UpdateStackAsync(Order(memory, "environment-update"), cancellationToken);
                memory = memory with { IsEnvironmentUpdated = true };
                if (isChange)
                {
                    return memory;
                }
            }
            catch (AwsException exception) when (exception.Reason.EndsWith("can not be updated.", StringComparison.Ordinal))
            {
                // Another deployment updates it: that one first.
                return memory;
            }
        }
        else if (memory.IsEnvironmentUpdated && stack.Status == StackStatuses.UpdateRollbackComplete)
        {
            return await RefuseAsync(memory, stack.StackId, "could not be updated, and is what it was", cancellationToken);
        }
        if (order.ServiceType == CatalogWords.SageMakerAsync && stack.Outputs.GetValueOrDefault(EnvironmentTemplate.WritesOutput) != options.Value.AsyncOutput)
        {
            return memory with { Refusal = MayNotWrite(stack) };
        }
        return stack.Outputs.TryGetValue(EnvironmentTemplate.RoleOutput, out var role)
            ? memory with { RoleArn = role }
            : memory with { Refusal = $"The stack {stack.StackName} has no output {EnvironmentTemplate.RoleOutput}; force_env_stack_update brings it up to date." };
    }

    /// <summary>One that failed for this deployment is its failure; one that had failed before is in the way.</summary>
    private async Task<StackMemory> MendAsync(StackMemory memory, CloudFormationStack stack, CancellationToken cancellationToken)
    {
        if (memory.EnvironmentId == stack.StackId || stack.Status is StackStatuses.DeleteFailed or "UPDATE_FAILED" or "UPDATE_ROLLBACK_FAILED")
        {
            return await RefuseAsync(memory, stack.StackId, $"is {stack.Status}", cancellationToken);
        }
        await stacks.DeleteStackAsync(stack.StackId, memory.Region, null, cancellationToken);
        return memory;
    }

    private async Task<StackMemory> RefuseAsync(StackMemory memory, string? stackId, string state, CancellationToken cancellationToken)
    {
        var events = stackId is null ? [] : await stacks.DescribeStackEventsAsync(stackId, memory.Region, ManyEvents, cancellationToken);
        var reason = FailureWords.FirstOf(events) is { } words ? $": {words}" : ".";
        return memory with { Refusal = $"The environment stack {options.Value.EnvironmentStack} in {memory.Region} {state}{reason}" };
    }

    private StackOrder Order(StackMemory memory, string purpose) => new()
    {
        StackName = options.Value.EnvironmentStack,
        TemplateBody = EnvironmentTemplate.Of(options.Value.AsyncOutput),
        ClientRequestToken = $"slipway-{memory.Id}-{purpose}",
        Region = memory.Region,
        Capabilities = ["CAPABILITY_IAM"],
        Tags = new Dictionary<string, string> { [ProductTag] = ProductValue },
    };

    /// <summary>Its answers would be lost without a word: who calls an asynchronous endpoint hears nothing of it.</summary>
    private string MayNotWrite(CloudFormationStack stack) =>
        $"Endpoints of the stack {stack.StackName} may write to {stack.Outputs.GetValueOrDefault(EnvironmentTemplate.WritesOutput) ?? "no place in S3"}, not to "
        + $"{options.Value.AsyncOutput}, which is {DeployerFeature.SageMakerSection}:AsyncOutput now; deploy with force_env_stack_update, which changes that.";

    private string Foreign() =>
        $"The stack {options.Value.EnvironmentStack} is another program's. Name one that is free in {DeployerFeature.SageMakerSection}:EnvironmentStack, "
        + $"or a role in {DeployerFeature.SageMakerSection}:RoleArn.";
}
