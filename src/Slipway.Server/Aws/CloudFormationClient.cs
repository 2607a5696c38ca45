using System.Globalization;
using System.Xml.Linq;

namespace Slipway.Server.Aws;

/// <summary>What CloudFormation calls the refusals that callers tell apart.</summary>
internal static class CloudFormationErrors
{
    public const string AlreadyExists = "AlreadyExistsException";
    public const string InsufficientCapabilities = "InsufficientCapabilitiesException";
    public const string LimitExceeded = "LimitExceededException";
    public const string TokenAlreadyExists = "TokenAlreadyExistsException";
    public const string AccessDenied = "AccessDenied";

    /// <summary>Of everything that is wrong with a call or does not fit the stack's state.</summary>
    public const string Validation = "ValidationError";

    /// <summary>Slipway's own word: there is no such stack. CloudFormation tells it from other faults in prose only.</summary>
    public const string Absent = "StackDoesNotExist";
}

/// <summary>AWS CloudFormation, as far as it is needed. Every call may be repeated.</summary>
internal sealed class CloudFormationClient(AwsControlPlane aws)
{
    private const int MostStacks = 10_000;

    /// <summary>Begins to make a stack.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="AwsException">With a code of <see cref="CloudFormationErrors"/> where it was refused.</exception>
    public async Task<string> CreateStackAsync(StackOrder order, CancellationToken cancellationToken)
    {
        var form = Form("CreateStack", order)
            .With("OnFailure", order.OnFailure)
            .With("TimeoutInMinutes", order.TimeoutInMinutes?.ToString(CultureInfo.InvariantCulture))
            .With("EnableTerminationProtection", order.EnableTerminationProtection ? "true" : null);
        var result = await CallAsync("CreateStack", form, order.Region, cancellationToken);
        return CloudFormationReader.Needed(result, "StackId");
    }

    /// <summary>Begins to change a stack into what is ordered.</summary>
    /// <returns>False when it is that already.</returns>
    /// <exception cref="AwsException">With a code of <see cref="CloudFormationErrors"/> where it was refused.</exception>
    public async Task<bool> UpdateStackAsync(StackOrder order, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync("UpdateStack", Form("UpdateStack", order), order.Region, cancellationToken);
            return true;
        }
        catch (AwsException exception) when (IsNothingToDo(exception))
        {
            return false;
        }
    }

    /// <summary>Begins to delete a stack; a stack that is absent or on its way out already is a success, too.</summary>
    /// <param name="stack">Its name or id.</param>
    /// <param name="region">Null for the configured one.</param>
    /// <param name="clientRequestToken">As in <see cref="StackOrder.ClientRequestToken"/>; null for none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">It was refused, such as for its protection against deletion.</exception>
    public async Task DeleteStackAsync(string stack, string? region, string? clientRequestToken, CancellationToken cancellationToken)
    {
        var form = new CloudFormationForm("DeleteStack").With("StackName", stack).With("ClientRequestToken", clientRequestToken);
        await aws.SendAsync(form.Request(region), cancellationToken);
    }

    /// <summary>A stack as it is; null when there is none. A deleted one is found for 90 days, by its id alone.</summary>
    /// <param name="stack">Its name or id.</param>
    /// <param name="region">Null for the configured one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">It could not be asked for.</exception>
    public async Task<CloudFormationStack?> DescribeStackAsync(string stack, string? region, CancellationToken cancellationToken)
    {
        try
        {
            var form = new CloudFormationForm("DescribeStacks").With("StackName", stack);
            var result = await CallAsync("DescribeStacks", form, region, cancellationToken);
            return result.Members("Stacks").Select(CloudFormationReader.Stack).FirstOrDefault();
        }
        catch (AwsException exception) when (exception.Code == CloudFormationErrors.Absent)
        {
            return null;
        }
    }

    /// <summary>All stacks of the region that are not deleted.</summary>
    /// <exception cref="AwsException">They could not be asked for.</exception>
    public Task<IReadOnlyList<CloudFormationStack>> DescribeStacksAsync(string? region, CancellationToken cancellationToken) =>
        AwsPages.ReadAsync(AwsService.CloudFormation, MostStacks, token =>
            PageAsync("DescribeStacks", null, token, region, "Stacks", CloudFormationReader.Stack, cancellationToken));

    /// <summary>What happened to a stack, newest first; empty when there is none.</summary>
    /// <param name="stack">Its name or id.</param>
    /// <param name="region">Null for the configured one.</param>
    /// <param name="most">No more than these, at least 1.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">It could not be asked for.</exception>
    public async Task<IReadOnlyList<StackEvent>> DescribeStackEventsAsync(
        string stack, string? region, int most, CancellationToken cancellationToken)
    {
        try
        {
            return await AwsPages.ReadAsync(AwsService.CloudFormation, most, token =>
                PageAsync("DescribeStackEvents", stack, token, region, "StackEvents", CloudFormationReader.Event, cancellationToken));
        }
        catch (AwsException exception) when (exception.Code == CloudFormationErrors.Absent)
        {
            return [];
        }
    }

    /// <summary>A stack's resources, at most 100; empty when there is no such stack.</summary>
    /// <param name="stack">Its name or id.</param>
    /// <param name="region">Null for the configured one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">They could not be asked for.</exception>
    public async Task<IReadOnlyList<StackResource>> DescribeStackResourcesAsync(
        string stack, string? region, CancellationToken cancellationToken)
    {
        try
        {
            var form = new CloudFormationForm("DescribeStackResources").With("StackName", stack);
            var result = await CallAsync("DescribeStackResources", form, region, cancellationToken);
            return [.. result.Members("StackResources").Select(CloudFormationReader.Resource)];
        }
        catch (AwsException exception) when (exception.Code == CloudFormationErrors.Absent)
        {
            return [];
        }
    }

    private static CloudFormationForm Form(string action, StackOrder order) => new CloudFormationForm(action)
        .With("StackName", order.StackName)
        .With("TemplateBody", order.TemplateBody)
        .With("ClientRequestToken", order.ClientRequestToken)
        .WithList("Capabilities", order.Capabilities)
        .WithPairs("Parameters", "ParameterKey", "ParameterValue", order.Parameters)
        .WithPairs("Tags", "Key", "Value", order.Tags);

    private async Task<AwsPage<T>> PageAsync<T>(
        string action, string? stack, string? token, string? region, string list, Func<XElement, T> read, CancellationToken cancellationToken)
    {
        var form = new CloudFormationForm(action).With("StackName", stack).With("NextToken", token);
        var result = await CallAsync(action, form, region, cancellationToken);
        return new AwsPage<T>([.. result.Members(list).Select(read)], result.Text("NextToken"));
    }

    private async Task<XElement> CallAsync(string action, CloudFormationForm form, string? region, CancellationToken cancellationToken)
    {
        try
        {
            return CloudFormationReader.Result(await aws.SendAsync(form.Request(region), cancellationToken), action);
        }
        catch (AwsException exception) when (IsAbsent(exception))
        {
            throw new AwsException(exception.Service, CloudFormationErrors.Absent, exception.Reason, exception)
            {
                Status = exception.Status,
                Answer = exception.Answer,
            };
        }
    }

    private static bool IsAbsent(AwsException exception) =>
        exception.Code == CloudFormationErrors.Validation
        && exception.Reason.StartsWith("Stack ", StringComparison.Ordinal)
        && exception.Reason.EndsWith("does not exist", StringComparison.Ordinal);

    private static bool IsNothingToDo(AwsException exception) =>
        exception.Code == CloudFormationErrors.Validation
        && exception.Reason.StartsWith("No updates are to be performed", StringComparison.Ordinal);
}
