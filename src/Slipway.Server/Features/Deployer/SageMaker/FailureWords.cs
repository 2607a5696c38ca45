using Slipway.Server.Aws;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>Why a stack came to nothing, in AWS's words, and what can be done about it.</summary>
internal static class FailureWords
{
    private const string StackType = "AWS::CloudFormation::Stack";

    private static readonly (string Sign, string Remedy)[] Remedies =
    [
        ("ping health check", "The container's log is in CloudWatch, in the log group /aws/sagemaker/Endpoints/{0}."),
        ("InsufficientInstanceCapacity", "AWS has none of these instances at the moment: try again later, or another instance type or region."),
        ("ResourceLimitExceeded", "Ask for more of them in AWS's Service Quotas, or take another instance type."),
        ("service limit", "Ask for more of them in AWS's Service Quotas, or take another instance type."),
        ("Could not assume role", "The role must trust sagemaker.amazonaws.com: see Deployer:SageMaker:RoleArn, or force_env_stack_update."),
    ];

    /// <summary>The first of what failed by itself: what was cancelled for its sake, and the stack's own summary, say nothing new.</summary>
    /// <param name="events">Newest first, as CloudFormation tells them.</param>
    public static string? FirstOf(IEnumerable<StackEvent> events) => events.LastOrDefault(one =>
        one.Status.EndsWith("_FAILED", StringComparison.Ordinal)
        && one.ResourceType != StackType
        && one.Reason is { Length: > 0 } reason
        && !reason.StartsWith("Resource creation cancelled", StringComparison.OrdinalIgnoreCase)
        && !reason.StartsWith("Resource update cancelled", StringComparison.OrdinalIgnoreCase)
        && !reason.StartsWith("The following resource(s) failed", StringComparison.OrdinalIgnoreCase))?.Reason;

    /// <summary>Why a stack could not be deleted, the last time that it was tried.</summary>
    /// <param name="events">Newest first, as CloudFormation tells them.</param>
    public static string? OfDeletion(IEnumerable<StackEvent> events) => events.FirstOrDefault(one =>
        one is { Status: StackStatuses.DeleteFailed, ResourceType: not StackType, Reason.Length: > 0 })?.Reason;

    /// <summary>With the remedy behind it, where one is known.</summary>
    public static string WithRemedy(string reason, string endpoint) =>
        Remedies.FirstOrDefault(one => reason.Contains(one.Sign, StringComparison.OrdinalIgnoreCase)) is { Remedy: { } remedy }
            ? $"{reason.TrimEnd()} {string.Format(null, remedy, endpoint)}"
            : reason;

    /// <summary>Of a call that came to nothing.</summary>
    public static string Of(AwsException exception) => exception.Status == 0
        ? $"{exception.Service} could not be asked: {exception.Reason}"
        : $"{exception.Service} refused ({exception.Code}): {exception.Reason}";
}
