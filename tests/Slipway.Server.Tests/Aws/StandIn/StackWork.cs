using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>What CloudFormation does with a stack, step by step; between two steps it waits for what it yields.</summary>
internal sealed partial class StackWork(StandInAccount account, StandInStack stack)
{
    private const string ByUser = "User Initiated";

    public IEnumerable<TimeSpan> Create()
    {
        stack.Set("CREATE_IN_PROGRESS", ByUser);
        List<string> failed = [];
        var deadline = stack.TimeoutInMinutes is { } minutes ? account.Now + TimeSpan.FromMinutes(minutes) : DateTimeOffset.MaxValue;
        foreach (var wait in Make(stack.Wish.Template.Order, failed, deadline))
        {
            yield return wait;
        }
        if (failed.Count == 0)
        {
            Complete("CREATE_COMPLETE");
            yield break;
        }
        var reason = Named("create", failed);
        foreach (var wait in stack.OnFailure switch
        {
            "DO_NOTHING" => Stop("CREATE_FAILED", reason),
            "DELETE" => Unmake("DELETE", reason + "Delete requested by user."),
            _ => Unmake("ROLLBACK", reason + "Rollback requested by user."),
        })
        {
            yield return wait;
        }
    }

    public IEnumerable<TimeSpan> Delete() => Unmake("DELETE", ByUser);

    private static string Named(string verb, IEnumerable<string> names) => $"The following resource(s) failed to {verb}: [{string.Join(", ", names)}]. ";

    private IEnumerable<TimeSpan> Stop(string status, string reason)
    {
        stack.Set(status, reason);
        yield break;
    }

    private void Complete(string status)
    {
        stack.Outputs = new TemplateScope(account, stack, stack.Wish.Parameters).Outputs(stack.Wish.Template.Outputs);
        stack.Set(status);
    }

    /// <summary>Makes resources, those that need nothing unfinished at once; after a failure the unfinished ones are given up.</summary>
    private IEnumerable<TimeSpan> Make(IEnumerable<TemplateResource> resources, List<string> failed, DateTimeOffset deadline)
    {
        var waiting = resources.ToList();
        List<Making> running = [];
        while (true)
        {
            foreach (var resource in waiting.Where(resource => failed.Count == 0 && IsReady(resource)).ToList())
            {
                waiting.Remove(resource);
                Start(resource, running, failed);
            }
            if (failed.Count > 0 || account.Now >= deadline)
            {
                GiveUp(running, failed);
                yield break;
            }
            if (running.Count == 0)
            {
                yield break;
            }
            var next = running.Min(making => making.DueAt);
            yield return (next < deadline ? next : deadline) - account.Now;
            foreach (var making in running.Where(making => making.DueAt <= account.Now).ToList())
            {
                running.Remove(making);
                End(making, failed);
            }
        }
    }

    private bool IsReady(TemplateResource resource) => resource.Needs.All(need =>
        !stack.Wish.Template.Resources.ContainsKey(need) || stack.Parts.GetValueOrDefault(need)?.Status is "CREATE_COMPLETE" or "UPDATE_COMPLETE");

    private void Start(TemplateResource resource, List<Making> running, List<string> failed)
    {
        var part = stack.Parts.TryGetValue(resource.Name, out var old) ? old : stack.Parts[resource.Name] = new StackPart(resource);
        part.Template = resource;
        stack.Set(part, "CREATE_IN_PROGRESS");
        var properties = PropertiesOf(resource);
        var scripted = account.Script.TakeMaking(resource.Type.Type);
        var fault = ShapeFault(resource, properties) ?? account.FaultOf(resource.Type, properties)
            ?? (scripted is { After: { Ticks: 0 } } ? scripted.Value.Reason : null);
        if (fault is not null)
        {
            stack.Set(part, "CREATE_FAILED", fault);
            failed.Add(resource.Name);
            return;
        }
        part.Resource = account.Make(resource.Type, resource.Name, stack, properties);
        stack.Set(part, "CREATE_IN_PROGRESS", "Resource creation Initiated");
        var takes = scripted?.After ?? account.Script.MakingTakes(resource.Type.Type);
        running.Add(new Making(part, account.Now + takes, scripted?.Reason));
    }

    private void End(Making making, List<string> failed)
    {
        if (making.Fault is { } fault)
        {
            making.Part.Resource!.Set("Failed", fault);
            stack.Set(making.Part, "CREATE_FAILED", fault);
            failed.Add(making.Part.Template.Name);
            return;
        }
        making.Part.Resource!.Set("InService");
        stack.Set(making.Part, "CREATE_COMPLETE");
    }

    private void GiveUp(List<Making> running, List<string> failed)
    {
        foreach (var making in running)
        {
            stack.Set(making.Part, "CREATE_FAILED", "Resource creation cancelled");
            failed.Add(making.Part.Template.Name);
        }
    }

    private JsonObject PropertiesOf(TemplateResource resource) =>
        new TemplateScope(account, stack, stack.Wish.Parameters).Resolve(resource.Properties)!.AsObject();

    private static string? ShapeFault(TemplateResource resource, JsonObject properties) =>
        resource.Type.Properties.FaultOf(properties, "#") is { } fault
            ? $"Properties validation failed for resource {resource.Name} with message:\n[{fault}]"
            : null;

    /// <summary>Deletes what there is, the last first, and says so of the stack.</summary>
    private IEnumerable<TimeSpan> Unmake(string verb, string reason)
    {
        stack.Set($"{verb}_IN_PROGRESS", reason);
        List<string> stuck = [];
        foreach (var part in Backwards().ToList())
        {
            // What a stuck one needs, is needed still.
            if (stuck.Count == 0 || !Backwards().Any(other => other.Template.Needs.Contains(part.Template.Name)))
            {
                foreach (var wait in Unmake(part, mayRetain: verb == "DELETE", stuck))
                {
                    yield return wait;
                }
            }
        }
        ClearReplaced();
        stack.Set(stuck.Count == 0 ? $"{verb}_COMPLETE" : $"{verb}_FAILED", stuck.Count == 0 ? null : Named("delete", stuck));
    }

    private IEnumerable<StackPart> Backwards() =>
        stack.Parts.Values.Where(part => part.Status is not ("DELETE_COMPLETE" or "DELETE_SKIPPED")).Reverse();

    private IEnumerable<TimeSpan> Unmake(StackPart part, bool mayRetain, List<string> stuck)
    {
        if (mayRetain && part.Template.IsRetained)
        {
            stack.Set(part, "DELETE_SKIPPED");
            yield break;
        }
        if (part.Resource is { IsThere: true } resource)
        {
            stack.Set(part, "DELETE_IN_PROGRESS");
            resource.Set("Deleting");
            yield return account.Script.DeletingTakes(part.Template.Type.Type);
            if (account.Script.TakeDeletion(part.Template.Type.Type) is { } fault)
            {
                resource.Set("InService");
                stack.Set(part, "DELETE_FAILED", fault);
                stuck.Add(part.Template.Name);
                yield break;
            }
            resource.GoneAt ??= account.Now;
        }
        stack.Set(part, "DELETE_COMPLETE");
    }

    /// <summary>A resource that is being made.</summary>
    private sealed record Making(StackPart Part, DateTimeOffset DueAt, string? Fault);
}
