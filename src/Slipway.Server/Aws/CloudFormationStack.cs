namespace Slipway.Server.Aws;

/// <summary>A stack that is to be made or changed.</summary>
internal sealed record StackOrder
{
    /// <summary>A letter, then letters, digits and hyphens; at most 128.</summary>
    public required string StackName { get; init; }

    /// <summary>JSON; at most 51,200 bytes.</summary>
    public required string TemplateBody { get; init; }

    /// <summary>
    /// Letters, digits and hyphens, at most 128. A call that comes again with the same token is the same call, so that an answer that
    /// was lost does no harm.
    /// </summary>
    public required string ClientRequestToken { get; init; }

    /// <summary>Null for the configured one.</summary>
    public string? Region { get; init; }

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Such as <c>CAPABILITY_NAMED_IAM</c>.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>For a new stack: <c>ROLLBACK</c>, <c>DELETE</c> or <c>DO_NOTHING</c>.</summary>
    public string? OnFailure { get; init; }

    /// <summary>For a new stack: when it has failed if it is not complete.</summary>
    public int? TimeoutInMinutes { get; init; }

    /// <summary>For a new stack: whether it refuses to be deleted.</summary>
    public bool EnableTerminationProtection { get; init; }
}

/// <summary>A stack as it is.</summary>
internal sealed record CloudFormationStack
{
    /// <summary>Finds the stack even when it is deleted. It names the account: not to be shown.</summary>
    public required string StackId { get; init; }

    public required string StackName { get; init; }

    /// <summary>Such as <c>CREATE_IN_PROGRESS</c>.</summary>
    public required string Status { get; init; }

    /// <summary>AWS's words, fit to be shown.</summary>
    public string? StatusReason { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UpdatedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public bool EnableTerminationProtection { get; init; }

    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    public required IReadOnlyDictionary<string, string> Outputs { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }
}

/// <summary>Something that happened to a stack or to a resource of it.</summary>
/// <param name="EventId">One of its own.</param>
/// <param name="At">When.</param>
/// <param name="LogicalId">The resource's name in the template; the stack's own name for the stack itself.</param>
/// <param name="ResourceType">Such as <c>AWS::SageMaker::Endpoint</c>; <c>AWS::CloudFormation::Stack</c> for the stack.</param>
/// <param name="Status">Such as <c>CREATE_FAILED</c>.</param>
/// <param name="Reason">AWS's words, fit to be shown; null where it gave none.</param>
internal sealed record StackEvent(
    string EventId, DateTimeOffset At, string LogicalId, string ResourceType, string Status, string? Reason);

/// <summary>A resource of a stack as it is.</summary>
/// <param name="LogicalId">Its name in the template.</param>
/// <param name="PhysicalId">What AWS calls it; null before there is one. It may name the account: not to be shown.</param>
/// <param name="ResourceType">Such as <c>AWS::SageMaker::Endpoint</c>.</param>
/// <param name="Status">Such as <c>CREATE_COMPLETE</c>.</param>
/// <param name="Reason">AWS's words, fit to be shown; null where it gave none.</param>
/// <param name="At">When the status was last set.</param>
internal sealed record StackResource(
    string LogicalId, string? PhysicalId, string ResourceType, string Status, string? Reason, DateTimeOffset At);
