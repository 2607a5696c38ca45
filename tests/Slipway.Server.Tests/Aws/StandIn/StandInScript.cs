namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>What AWS says when capacity, limits or containers let an endpoint down.</summary>
internal static class StandInReasons
{
    public const string PingHealthCheck =
        "The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.";

    public const string InsufficientCapacity =
        "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a different ML instance type or after some time.";

    public static string LimitExceeded(string instanceType, int limit, int more) =>
        $"The account-level service limit '{instanceType} for endpoint usage' is {limit} Instances, with current utilization of {limit} Instances and a request "
        + $"delta of {more} Instances. Please use AWS Service Quotas to request an increase for this quota.";

    public static string NoRole(string arn) =>
        $"Could not assume role {arn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.";
}

/// <summary>How long things take, and what goes wrong: a test writes it.</summary>
internal sealed class StandInScript
{
    private readonly List<Failure> _failures = [];

    private enum Step
    {
        Make,
        Change,
        Delete,
    }

    /// <summary>By type; what is not named takes five seconds.</summary>
    public Dictionary<string, TimeSpan> Making { get; } = new()
    {
        [ResourceTypes.Endpoint] = TimeSpan.FromMinutes(5),
        [ResourceTypes.Role] = TimeSpan.FromSeconds(20),
    };

    /// <summary>By type; what is not named takes three seconds.</summary>
    public Dictionary<string, TimeSpan> Deleting { get; } = new() { [ResourceTypes.Endpoint] = TimeSpan.FromSeconds(30) };

    /// <summary>By instance type: how many may run at once. What is not named has no limit.</summary>
    public Dictionary<string, int> InstanceLimits { get; } = [];

    /// <summary>Names of roles that SageMaker may assume, beside those of stacks.</summary>
    public HashSet<string> Roles { get; } = ["SlipwayExecution"];

    /// <summary>Every n-th call is refused for their rate; 0 for none.</summary>
    public int ThrottleEvery { get; set; }

    /// <summary>So many calls to come are answered with status 503.</summary>
    public int Outage { get; set; }

    /// <summary>How many items a page has at most.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>The clock goes on by this with every call, so that a program that polls sees things happen.</summary>
    public TimeSpan PerCall { get; set; }

    /// <summary>Resources of a type come to nothing.</summary>
    /// <param name="type">One of <see cref="ResourceTypes"/>.</param>
    /// <param name="reason">In AWS's words.</param>
    /// <param name="times">So often, and then no more.</param>
    /// <param name="after">When, counted from the beginning; null: when it would have been complete. Zero: nothing is made at all.</param>
    public void FailsToMake(string type, string reason, int times = int.MaxValue, TimeSpan? after = null) =>
        _failures.Add(new Failure(Step.Make, type, reason, times, after));

    public void FailsToChange(string type, string reason, int times = int.MaxValue) =>
        _failures.Add(new Failure(Step.Change, type, reason, times, null));

    public void FailsToDelete(string type, string reason, int times = int.MaxValue) =>
        _failures.Add(new Failure(Step.Delete, type, reason, times, null));

    /// <summary>From now on deletions work.</summary>
    public void LetsGo()
    {
        foreach (var failure in _failures.Where(failure => failure.Step == Step.Delete))
        {
            failure.Times = 0;
        }
    }

    public TimeSpan MakingTakes(string type) => Making.GetValueOrDefault(type, TimeSpan.FromSeconds(5));

    public TimeSpan DeletingTakes(string type) => Deleting.GetValueOrDefault(type, TimeSpan.FromSeconds(3));

    public (string Reason, TimeSpan? After)? TakeMaking(string type) => Take(Step.Make, type);

    public string? TakeChange(string type) => Take(Step.Change, type)?.Reason;

    public string? TakeDeletion(string type) => Take(Step.Delete, type)?.Reason;

    private (string Reason, TimeSpan? After)? Take(Step step, string type)
    {
        if (_failures.Find(failure => failure.Step == step && failure.Type == type && failure.Times > 0) is not { } found)
        {
            return null;
        }
        found.Times--;
        return (found.Reason, found.After);
    }

    private sealed record Failure(Step Step, string Type, string Reason, int Times, TimeSpan? After)
    {
        public int Times { get; set; } = Times;
    }
}
