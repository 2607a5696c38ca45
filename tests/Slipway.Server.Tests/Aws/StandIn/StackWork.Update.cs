using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Aws.StandIn;

internal sealed partial class StackWork
{
    /// <summary>Whether a wish differs from the stack in anything that counts.</summary>
    public bool IsChange(StackWish wish)
    {
        var old = stack.Wish;
        var same = wish.Template.Resources.Count == old.Template.Resources.Count
            && wish.Template.Resources.Values.All(resource =>
                old.Template.Resources.TryGetValue(resource.Name, out var before)
                && before.Type == resource.Type
                && JsonNode.DeepEquals(Resolved(before, old), Resolved(resource, wish)))
            && JsonNode.DeepEquals(old.Template.Outputs, wish.Template.Outputs)
            && old.Tags.OrderBy(tag => tag.Key).SequenceEqual(wish.Tags.OrderBy(tag => tag.Key));
        return !same;
    }

    public IEnumerable<TimeSpan> Update(StackWish wish)
    {
        var before = stack.Wish;
        stack.Wish = wish;
        stack.UpdatedAt = account.Now;
        stack.Set("UPDATE_IN_PROGRESS", ByUser);
        List<string> failed = [];
        List<Action> undo = [];
        foreach (var resource in wish.Template.Order.TakeWhile(_ => failed.Count == 0))
        {
            foreach (var wait in Update(resource, before, failed, undo))
            {
                yield return wait;
            }
        }
        foreach (var wait in failed.Count == 0 ? CleanUp() : TakeBack(before, failed, undo))
        {
            yield return wait;
        }
    }

    private JsonNode? Resolved(TemplateResource resource, StackWish wish) =>
        StandInTemplate.ReferencesOf(resource.Properties).Any(name => wish.Template.Resources.ContainsKey(name) && !stack.Parts.ContainsKey(name))
            ? resource.Properties
            : new TemplateScope(account, stack, wish.Parameters).Resolve(resource.Properties);

    private IEnumerable<TimeSpan> Update(
        TemplateResource resource, StackWish before, List<string> failed, List<Action> undo)
    {
        if (!before.Template.Resources.ContainsKey(resource.Name))
        {
            undo.Add(() => Remove(resource.Name));
            return Make([resource], failed, DateTimeOffset.MaxValue);
        }
        var part = stack.Parts[resource.Name];
        var properties = PropertiesOf(resource);
        part.Template = resource;
        if (JsonNode.DeepEquals(part.Resource!.Properties, properties))
        {
            return [];
        }
        var name = resource.Type.NameProperty is { } property ? properties[property]?.ToString() : null;
        var isReplaced = resource.Type.IsReplaced || (name is not null && name != part.Resource.Name);
        return isReplaced && name == part.Resource.Name
            ? Refuse(part, $"CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update the stack again.", failed)
            : Change(part, properties, isReplaced, failed, undo);
    }

    private IEnumerable<TimeSpan> Refuse(StackPart part, string reason, List<string> failed)
    {
        stack.Set(part, "UPDATE_FAILED", reason);
        failed.Add(part.Template.Name);
        yield break;
    }

    private IEnumerable<TimeSpan> Change(
        StackPart part, JsonObject properties, bool isReplaced, List<string> failed, List<Action> undo)
    {
        var old = part.Resource!;
        var oldProperties = old.Properties;
        stack.Set(part, "UPDATE_IN_PROGRESS", isReplaced ? "Requested update requires the creation of a new physical resource; hence creating one." : null);
        var fault = ShapeFault(part.Template, properties) ?? account.Script.TakeChange(part.Template.Type.Type);
        if (isReplaced)
        {
            fault ??= account.FaultOf(part.Template.Type, properties);
        }
        else
        {
            old.Set("Updating");
        }
        yield return account.Script.MakingTakes(part.Template.Type.Type);
        old.Set("InService");
        if (fault is not null)
        {
            stack.Set(part, "UPDATE_FAILED", fault);
            failed.Add(part.Template.Name);
            yield break;
        }
        if (isReplaced)
        {
            var made = part.Resource = account.Make(part.Template.Type, part.Template.Name, stack, properties);
            made.Set("InService");
            stack.Replaced.Add(old);
            undo.Add(() => (made.GoneAt, part.Resource) = (account.Now, old));
        }
        else
        {
            old.Properties = properties;
            undo.Add(() => old.Properties = oldProperties);
        }
        stack.Set(part, "UPDATE_COMPLETE");
    }

    private void ClearReplaced()
    {
        stack.Replaced.ForEach(resource => resource.GoneAt ??= account.Now);
        stack.Replaced.Clear();
    }

    private void Remove(string name)
    {
        if (stack.Parts.Remove(name, out var part) && part.Resource is { } resource)
        {
            resource.GoneAt ??= account.Now;
        }
    }

    private IEnumerable<TimeSpan> CleanUp()
    {
        stack.Set("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
        yield return TimeSpan.FromSeconds(3);
        ClearReplaced();
        foreach (var part in Backwards().Where(part => !stack.Wish.Template.Resources.ContainsKey(part.Template.Name)).ToList())
        {
            foreach (var wait in Unmake(part, mayRetain: true, stuck: []))
            {
                yield return wait;
            }
            stack.Parts.Remove(part.Template.Name);
        }
        Complete("UPDATE_COMPLETE");
    }

    private IEnumerable<TimeSpan> TakeBack(StackWish before, List<string> failed, List<Action> undo)
    {
        stack.Set("UPDATE_ROLLBACK_IN_PROGRESS", Named("update", failed));
        yield return TimeSpan.FromSeconds(10);
        if (failed.Select(name => account.Script.TakeChange(stack.Parts[name].Template.Type.Type)).FirstOrDefault(fault => fault is not null) is { } again)
        {
            stack.Set(stack.Parts[failed[0]], "UPDATE_FAILED", again);
            stack.Set("UPDATE_ROLLBACK_FAILED", Named("update", failed));
            yield break;
        }
        stack.Set("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
        yield return TimeSpan.FromSeconds(3);
        undo.Reverse();
        undo.ForEach(step => step());
        stack.Replaced.Clear();
        stack.Wish = before;
        foreach (var (name, part) in stack.Parts)
        {
            part.Template = before.Template.Resources[name];
        }
        foreach (var part in stack.Parts.Values.Where(part => part.Status != "CREATE_COMPLETE"))
        {
            stack.Set(part, "UPDATE_COMPLETE");
        }
        Complete("UPDATE_ROLLBACK_COMPLETE");
    }
}
