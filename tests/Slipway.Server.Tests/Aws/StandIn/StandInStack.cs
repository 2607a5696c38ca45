namespace Slipway.Server.Tests.Aws.StandIn;

internal sealed record StandInEvent(
    string Id, DateTimeOffset At, string LogicalId, string PhysicalId, string Type, string Status, string? Reason, string? Token, string? Properties);

/// <summary>A resource of a template, and what has become of it.</summary>
internal sealed class StackPart(TemplateResource template)
{
    public TemplateResource Template { get; set; } = template;

    /// <summary>Null before there is anything.</summary>
    public StandInResource? Resource { get; set; }

    public string Status { get; set; } = "";

    public string? Reason { get; set; }

    public DateTimeOffset At { get; set; }
}

/// <summary>What a call says of a stack.</summary>
internal sealed record StackWish(
    StandInTemplate Template, Dictionary<string, string> Parameters, Dictionary<string, string> Tags, List<string> Capabilities, string? Token);

/// <summary>A stack, its history, and what goes on with it.</summary>
internal sealed class StandInStack
{
    private readonly StandInAccount _account;
    private IEnumerator<TimeSpan>? _work;

    public StandInStack(StandInAccount account, string name, StackWish wish)
    {
        _account = account;
        Name = name;
        Wish = wish;
        Id = $"arn:{account.Partition}:cloudformation:{account.Region}:{StandInAccount.Id}:stack/{name}/{Guid.NewGuid()}";
        CreatedAt = account.Now;
    }

    public string Id { get; }

    public string Name { get; }

    public StackWish Wish { get; set; }

    public string OnFailure { get; init; } = "ROLLBACK";

    public int? TimeoutInMinutes { get; init; }

    public bool IsProtected { get; init; }

    public string Status { get; private set; } = "CREATE_IN_PROGRESS";

    public string? StatusReason { get; private set; }

    public DateTimeOffset CreatedAt { get; }

    public DateTimeOffset? UpdatedAt { get; set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Dictionary<string, StackPart> Parts { get; } = [];

    public Dictionary<string, string> Outputs { get; set; } = [];

    /// <summary>What an update has replaced and not cleared away yet.</summary>
    public List<StandInResource> Replaced { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<StandInEvent> Events { get; } = [];

    /// <summary>The token of the call that began what goes on, and the action it was for.</summary>
    public (string Action, string? Token) LastCall { get; set; }

    /// <summary>When something happens next; null while nothing goes on.</summary>
    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>Begins to do something; what was going on is left as it is.</summary>
    public void Begin(IEnumerable<TimeSpan> work)
    {
        _work = work.GetEnumerator();
        GoOn();
    }

    public void GoOn() => DueAt = _work!.MoveNext() ? _account.Now + _work.Current : null;

    public void Set(string status, string? reason = null)
    {
        Status = status;
        StatusReason = reason;
        if (status == "DELETE_COMPLETE")
        {
            DeletedAt = _account.Now;
        }
        Events.Add(new StandInEvent(
            Guid.NewGuid().ToString(), _account.Now, Name, Id, "AWS::CloudFormation::Stack", status, reason, LastCall.Token, null));
    }

    public void Set(StackPart part, string status, string? reason = null)
    {
        part.Status = status;
        part.Reason = reason;
        part.At = _account.Now;
        Events.Add(new StandInEvent(
            $"{part.Template.Name}-{status}-{_account.NextNumber()}", _account.Now, part.Template.Name, part.Resource?.Reference ?? "",
            part.Template.Type.Type, status, reason, LastCall.Token, part.Resource?.Properties.ToJsonString()));
    }
}
