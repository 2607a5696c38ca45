using Slipway.Client.Deployer;
using Slipway.Server.Aws;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// Amazon SageMaker: one CloudFormation stack for each deployment. Every step asks AWS first what is there; what a step is to do is
/// decided and kept before, so that a server that died within it finds its own work again by the stack's tag.
/// </summary>
internal sealed class SageMakerService(
    EndpointPlanner planner, EnvironmentStack environment, CloudFormationClient stacks, StackWatch watch, IOptions<SageMakerOptions> options, TimeProvider clock)
    : IDeployService
{
    public const string DeploymentTag = "slipway-deployment";

    /// <summary>How much more rarely AWS is asked while nothing goes on.</summary>
    private const int Rarely = 6;

    public IReadOnlyList<string> Types { get; } = [CatalogWords.SageMakerRealtime, CatalogWords.SageMakerAsync];

    private TimeSpan Often => options.Value.PollEvery;

    public string? FaultOf(DeployOrder order, CatalogModel? model) => model is null ? "There is no such model." : planner.Of(order, model).Fault;

    public async Task<Standing> StepAsync(DeployedModel model, CancellationToken cancellationToken)
    {
        var memory = StackMemory.From(model.Last?.Notes);
        try
        {
            return (model.IsUnwanted, memory) switch
            {
                (true, null) => Of(model, null, DeployedModelStatuses.Deleting) with { IsGone = true },
                (true, _) => await EndAsync(model, memory, cancellationToken),
                (false, null) => Begin(model),
                (false, { Refusal: not null }) => Refused(model, memory),
                (false, { StackId: null }) => await MakeAsync(model, memory, cancellationToken),
                _ => await LookAsync(model, memory, cancellationToken),
            };
        }
        catch (AwsException exception)
        {
            return (model.Last ?? Of(model, memory, DeployedModelStatuses.CreatingInfrastructure)) with
            {
                Trouble = FailureWords.Of(exception),
                NextStep = Often * Rarely,
            };
        }
    }

    private async Task<Standing> LookAsync(DeployedModel model, StackMemory memory, CancellationToken cancellationToken)
    {
        var seen = await watch.LookAsync(model.Order, memory, Of(model, memory, DeployedModelStatuses.CreatingInfrastructure), cancellationToken);
        return seen.Status is DeployedModelStatuses.InService or DeployedModelStatuses.Failed ? seen with { NextStep = Often * Rarely } : seen;
    }

    /// <summary>Decides what it will be called, and where, before anybody hears of it.</summary>
    private Standing Begin(DeployedModel model)
    {
        var (plan, fault) = planner.Of(model.Order, model.Model);
        var memory = new StackMemory
        {
            Id = Guid.NewGuid().ToString("n"),
            Region = plan?.Region ?? model.Order.Region ?? "",
            ServedName = plan?.ServedName,
            StackName = model.Order.StackName ?? StackNames.Of(model.Order.ModelId, model.Order.ModelTag, isHashed: false),
            Refusal = fault,
        };
        return fault is null ? Of(model, memory, DeployedModelStatuses.CreatingInfrastructure) with { NextStep = TimeSpan.Zero } : Refused(model, memory);
    }

    private async Task<Standing> MakeAsync(DeployedModel model, StackMemory memory, CancellationToken cancellationToken)
    {
        try
        {
            memory = memory.RoleArn is null
                ? await environment.StepAsync(memory, model.Order, cancellationToken)
                : await MakeStackAsync(model, memory, cancellationToken);
        }
        catch (AwsException exception) when (!AwsControlPlane.IsPassing(exception) && !MayHaveBegun(exception, memory))
        {
            memory = memory with { Refusal = FailureWords.Of(exception) };
        }
        var isNews = memory != StackMemory.From(model.Last?.Notes);
        return memory.Refusal is not null
            ? Refused(model, memory)
            : Of(model, memory, DeployedModelStatuses.CreatingInfrastructure) with { NextStep = isNews && memory.RoleArn is not null ? TimeSpan.Zero : Often };
    }

    /// <summary>
    /// Whether AWS was not asked for want of a key, though it may have been asked before: a machine that starts may have its key a moment
    /// later, and who gave up would leave behind what was begun.
    /// </summary>
    private static bool MayHaveBegun(AwsException exception, StackMemory memory) =>
        exception.Status == 0 && memory is not { RoleArn: null, EnvironmentId: null };

    private async Task<StackMemory> MakeStackAsync(DeployedModel model, StackMemory memory, CancellationToken cancellationToken)
    {
        if (await stacks.DescribeStackAsync(memory.StackName, memory.Region, cancellationToken) is { } found)
        {
            return IsOwn(found, memory) ? memory with { StackId = found.StackId } : Evade(model.Order, memory, found);
        }
        var (plan, fault) = planner.Of(model.Order with { Region = memory.Region }, model.Model);
        if (plan is null)
        {
            return memory with { Refusal = fault };
        }
        try
        {
            return memory with { StackId = await stacks.CreateStackAsync(Order(plan, memory), cancellationToken) };
        }
        catch (AwsException exception) when (exception.Code == CloudFormationErrors.AlreadyExists)
        {
            // Another deployment was first, or this one by a call whose answer was lost: the next look tells.
            return memory;
        }
    }

    private static bool IsOwn(CloudFormationStack stack, StackMemory memory) => stack.Tags.GetValueOrDefault(DeploymentTag) == memory.Id;

    /// <summary>Two models may come to one name; one model deployed twice is a mistake, and so is a name that was given.</summary>
    private static StackMemory Evade(DeployOrder order, StackMemory memory, CloudFormationStack found)
    {
        var other = StackNames.Of(order.ModelId, order.ModelTag, isHashed: true);
        var isSameModel = found.Parameters.GetValueOrDefault("ModelId") == order.ModelId && found.Parameters.GetValueOrDefault("ModelTag") == order.ModelTag;
        return order.StackName is null && !isSameModel && memory.StackName != other
            ? memory with { StackName = other }
            : memory with
            {
                Refusal = $"A stack {found.StackName} is in {memory.Region} already ({found.Status}), and is not of this deployment. "
                    + "Use a different tag or model_stack_name, or delete it.",
            };
    }

    private StackOrder Order(EndpointPlan plan, StackMemory memory) => new()
    {
        StackName = memory.StackName,
        TemplateBody = ModelTemplate.Of(plan, memory.StackName),
        ClientRequestToken = $"slipway-{memory.Id}-model",
        Region = memory.Region,
        Parameters = ModelTemplate.ParametersOf(plan, memory.RoleArn!),
        Tags = new Dictionary<string, string>
        {
            [EnvironmentStack.ProductTag] = "model",
            [DeploymentTag] = memory.Id,
            ["slipway-model-id"] = plan.Order.ModelId,
            ["slipway-model-tag"] = plan.Order.ModelTag,
        },
        OnFailure = plan.Order.OnFailure,
        TimeoutInMinutes = (int)options.Value.CreateTimeout.TotalMinutes,
    };

    private async Task<Standing> EndAsync(DeployedModel model, StackMemory memory, CancellationToken cancellationToken)
    {
        // A stack is made with the role only.
        var stack = memory.RoleArn is null ? null : await stacks.DescribeStackAsync(memory.StackId ?? memory.StackName, memory.Region, cancellationToken);
        if (stack is null or { Status: StackStatuses.DeleteComplete } || !IsOwn(stack, memory))
        {
            return Of(model, memory, DeployedModelStatuses.Deleting) with { IsGone = true };
        }
        if (stack.Status != StackStatuses.DeleteInProgress && !StackStatuses.IsUndeletable(stack.Status))
        {
            await stacks.DeleteStackAsync(stack.StackId, memory.Region, null, cancellationToken);
        }
        // What could not be deleted once may be a little later.
        var isStuck = stack.Status == StackStatuses.DeleteFailed;
        memory = memory with { StackId = stack.StackId };
        var (reason, events) = await watch.TellOfEndAsync(stack, memory, model.Last?.Events ?? [], cancellationToken);
        return Of(model, memory, isStuck ? DeployedModelStatuses.Failed : DeployedModelStatuses.Deleting) with
        {
            Events = events,
            IsEnding = true,
            FailureReason = isStuck ? $"It could not be deleted, and is tried again: {reason ?? "AWS does not say why."}" : null,
            NextStep = isStuck ? Often * Rarely : Often,
        };
    }

    private Standing Refused(DeployedModel model, StackMemory memory) => Of(model, memory, DeployedModelStatuses.Failed) with
    {
        FailureReason = memory.Refusal,
        NextStep = Often * Rarely,
    };

    /// <summary>What is known without asking.</summary>
    private Standing Of(DeployedModel model, StackMemory? memory, string status) => new()
    {
        Status = status,
        StackName = memory?.StackName,
        EndpointName = memory is null ? null : StackNames.EndpointOf(memory.StackName),
        EndpointUrl = memory is not { Region.Length: > 0 } ? null : UrlOf(memory, model.Order.ServiceType),
        InstanceType = $"ml.{model.Order.InstanceType}",
        InstanceCount = model.Last?.InstanceCount,
        CreatedAt = model.CreatedAt,
        ModifiedAt = model.Last?.Status == status ? model.Last.ModifiedAt : clock.GetUtcNow(),
        Events = model.Last?.Events ?? [],
        Notes = memory?.ToNotes() ?? [],
        NextStep = Often,
    };

    private static string UrlOf(StackMemory memory, string service) =>
        $"https://runtime.sagemaker.{memory.Region}.{AwsEndpoints.SuffixOf(memory.Region)}/endpoints/{StackNames.EndpointOf(memory.StackName)}/"
        + (service == CatalogWords.SageMakerAsync ? "async-invocations" : "invocations");
}
