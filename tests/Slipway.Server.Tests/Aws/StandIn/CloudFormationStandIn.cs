using System.Globalization;
using System.Xml.Linq;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>CloudFormation's actions.</summary>
internal sealed class CloudFormationStandIn(StandInAccount account)
{
    private const string NamePattern = "[a-zA-Z][-a-zA-Z0-9]{0,127}";
    private const string NameOrIdPattern = @"[a-zA-Z][-a-zA-Z0-9]{0,127}|arn:[-a-zA-Z0-9:/._+]*";
    private const string TokenPattern = "[a-zA-Z0-9][-a-zA-Z0-9]{0,127}";

    private static readonly string[] Updatable = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"];

    private static readonly string[] Undeletable =
        ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"];

    /// <summary>The content of the action's result; null for an action that has none.</summary>
    /// <exception cref="StandInFault">It is refused.</exception>
    public object[]? Answer(string action, StandInForm form)
    {
        if (form.Needed("Version") != "2010-05-15")
        {
            throw new StandInFault("NoSuchVersion", "The requested version is not supported.");
        }
        return action switch
        {
            "CreateStack" => Create(form),
            "UpdateStack" => Update(form),
            "DeleteStack" => Delete(form),
            "DescribeStacks" => Describe(form),
            "DescribeStackEvents" => Events(form),
            "DescribeStackResources" => Resources(form),
            _ => throw new StandInFault("InvalidAction", $"Could not find operation {action} for version 2010-05-15"),
        };
    }

    private object[] Create(StandInForm form)
    {
        var name = form.Optional("StackName", NamePattern) ?? form.Needed("StackName");
        var wish = Wish(form, null);
        var onFailure = form.Optional("OnFailure", "DO_NOTHING|ROLLBACK|DELETE");
        var timeout = form.Number("TimeoutInMinutes", 1, int.MaxValue);
        var isProtected = form.Flag("EnableTerminationProtection");
        form.End();
        if (account.FindStack(name) is { } taken)
        {
            return wish.Token is not null && taken.LastCall == ("CreateStack", wish.Token)
                ? [Xml("StackId", taken.Id)]
                : throw new StandInFault("AlreadyExistsException", $"Stack [{name}] already exists");
        }
        CheckToken("CreateStack", wish.Token);
        var stack = new StandInStack(account, name, wish)
        {
            OnFailure = onFailure ?? "ROLLBACK",
            TimeoutInMinutes = timeout,
            IsProtected = isProtected,
            LastCall = ("CreateStack", wish.Token),
        };
        account.Add(stack);
        stack.Begin(new StackWork(account, stack).Create());
        return [Xml("StackId", stack.Id)];
    }

    private object[] Update(StandInForm form)
    {
        var name = form.Optional("StackName", NameOrIdPattern) ?? form.Needed("StackName");
        var stack = account.FindStack(name) is { DeletedAt: null } found ? found : throw StandInFault.Validation($"Stack [{name}] does not exist");
        var wish = Wish(form, stack);
        form.End();
        if (wish.Token is not null && stack.LastCall == ("UpdateStack", wish.Token))
        {
            return [Xml("StackId", stack.Id)];
        }
        CheckToken("UpdateStack", wish.Token);
        if (!Updatable.Contains(stack.Status))
        {
            throw StandInFault.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be updated.");
        }
        var work = new StackWork(account, stack);
        if (!work.IsChange(wish))
        {
            throw StandInFault.Validation("No updates are to be performed.");
        }
        stack.LastCall = ("UpdateStack", wish.Token);
        stack.Begin(work.Update(wish));
        return [Xml("StackId", stack.Id)];
    }

    private object[]? Delete(StandInForm form)
    {
        var name = form.Optional("StackName", NameOrIdPattern) ?? form.Needed("StackName");
        var token = form.Optional("ClientRequestToken", TokenPattern);
        form.End();
        if (account.FindStack(name) is not { DeletedAt: null } stack || stack.Status == "DELETE_IN_PROGRESS")
        {
            return null;
        }
        CheckToken("DeleteStack", token);
        if (stack.IsProtected)
        {
            throw StandInFault.Validation($"Stack [{stack.Name}] cannot be deleted while TerminationProtection is enabled");
        }
        if (Undeletable.Contains(stack.Status))
        {
            throw StandInFault.Validation($"Stack [{stack.Name}] cannot be deleted while in status {stack.Status}");
        }
        stack.LastCall = ("DeleteStack", token);
        stack.Begin(new StackWork(account, stack).Delete());
        return null;
    }

    private object[] Describe(StandInForm form)
    {
        var name = form.Optional("StackName", NameOrIdPattern);
        var page = form.Optional("NextToken", longest: 1024);
        form.End();
        if (name is not null)
        {
            var stack = account.FindStack(name) ?? throw StandInFault.Validation($"Stack with id {name} does not exist");
            return [List("Stacks", [CloudFormationXml.Stack(stack)])];
        }
        var live = account.Stacks.Where(stack => stack.DeletedAt is null).Reverse().Select(CloudFormationXml.Stack);
        return Page("Stacks", [.. live], page);
    }

    private object[] Events(StandInForm form)
    {
        var name = form.Optional("StackName", NameOrIdPattern) ?? form.Needed("StackName");
        var page = form.Optional("NextToken", longest: 1024);
        form.End();
        var stack = account.FindStack(name) ?? throw StandInFault.Validation($"Stack [{name}] does not exist");
        return Page("StackEvents", [.. stack.Events.AsEnumerable().Reverse().Select(happening => CloudFormationXml.Event(stack, happening))], page);
    }

    private object[] Resources(StandInForm form)
    {
        var name = form.Optional("StackName", NameOrIdPattern) ?? form.Needed("StackName");
        var logical = form.Optional("LogicalResourceId");
        form.End();
        var stack = account.FindStack(name) ?? throw StandInFault.Validation($"Stack with id {name} does not exist");
        var parts = stack.Parts.Values.Where(part => logical is null || part.Template.Name == logical);
        return [List("StackResources", parts.Select(part => CloudFormationXml.Resource(stack, part)))];
    }

    private static StackWish Wish(StandInForm form, StandInStack? stack)
    {
        var usesPrevious = stack is not null && form.Flag("UsePreviousTemplate");
        var template = usesPrevious ? stack!.Wish.Template : StandInTemplate.Parse(form.Needed("TemplateBody"));
        var capabilities = form.List("Capabilities");
        CheckCapabilities(template, capabilities);
        var tags = form.Pairs("Tags", "Key", "Value");
        if (tags.Count > 50 || tags.Any(tag => tag.Key.Length is 0 or > 128 || tag.Value is null or { Length: 0 or > 256 }))
        {
            throw StandInFault.Validation("Tags are at most 50, with keys of 1 to 128 and values of 1 to 256 characters.");
        }
        return new StackWish(
            template, Parameters(template, form.Pairs("Parameters", "ParameterKey", "ParameterValue", "UsePreviousValue"), stack),
            tags.Count == 0 && stack is not null ? stack.Wish.Tags : tags.ToDictionary(tag => tag.Key, tag => tag.Value!), capabilities,
            form.Optional("ClientRequestToken", TokenPattern));
    }

    private static void CheckCapabilities(StandInTemplate template, List<string> capabilities)
    {
        var roles = template.Resources.Values.Where(resource => resource.Type.Type == ResourceTypes.Role).ToList();
        var needed = roles.Exists(role => role.Properties.ContainsKey("RoleName")) ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
        if (roles.Count > 0 && !capabilities.Contains(needed) && !capabilities.Contains("CAPABILITY_NAMED_IAM"))
        {
            throw new StandInFault("InsufficientCapabilitiesException", $"Requires capabilities : [{needed}]");
        }
        if (capabilities.Except(["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]).FirstOrDefault() is { } unknown)
        {
            throw StandInFault.Constraint("capabilities", unknown, "Member must satisfy enum value set: [CAPABILITY_NAMED_IAM, CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]");
        }
    }

    private static Dictionary<string, string> Parameters(
        StandInTemplate template, List<(string Key, string? Value, bool IsOther)> given, StandInStack? stack)
    {
        if (given.Where(pair => !template.Parameters.ContainsKey(pair.Key)).Select(pair => pair.Key).ToList() is { Count: > 0 } unknown)
        {
            throw StandInFault.Validation($"Parameters: [{string.Join(", ", unknown)}] do not exist in the template");
        }
        var values = template.Parameters.Values.Where(parameter => parameter.Default is not null)
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Default!);
        foreach (var (key, value, usesPrevious) in given)
        {
            values[key] = usesPrevious && stack?.Wish.Parameters.TryGetValue(key, out var previous) == true ? previous
                : value ?? throw StandInFault.Validation($"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template");
        }
        if (template.Parameters.Keys.Except(values.Keys).ToList() is { Count: > 0 } missing)
        {
            throw StandInFault.Validation($"Parameters: [{string.Join(", ", missing)}] must have values");
        }
        foreach (var parameter in template.Parameters.Values)
        {
            CheckParameter(parameter, values[parameter.Name]);
        }
        return values;
    }

    private static void CheckParameter(TemplateParameter parameter, string value)
    {
        if (parameter.Allowed.Count > 0 && !parameter.Allowed.Contains(value))
        {
            throw StandInFault.Validation($"Parameter '{parameter.Name}' must be one of AllowedValues");
        }
        if (parameter.Pattern is { } pattern && !System.Text.RegularExpressions.Regex.IsMatch(value, $@"\A(?:{pattern})\z"))
        {
            throw StandInFault.Validation($"Parameter {parameter.Name} failed to satisfy constraint: must match pattern {pattern}");
        }
        if (parameter.IsNumber && !double.TryParse(value, CultureInfo.InvariantCulture, out _))
        {
            throw StandInFault.Validation($"Parameter '{parameter.Name}' must be a number.");
        }
        if (value.Length > 4096)
        {
            throw StandInFault.Validation($"Parameter '{parameter.Name}' must be at most 4096 characters long.");
        }
    }

    private void CheckToken(string action, string? token)
    {
        if (token is not null && account.Stacks.Any(stack => stack.LastCall.Token == token && stack.DeletedAt is null))
        {
            throw new StandInFault("TokenAlreadyExistsException", $"Token {token} was used by another call than {action}");
        }
    }

    private object[] Page(string list, List<XElement> all, string? token)
    {
        var from = 0;
        if (token is not null && (!token.StartsWith("page-", StringComparison.Ordinal) || !int.TryParse(token[5..], CultureInfo.InvariantCulture, out from)))
        {
            throw StandInFault.Validation("Invalid NextToken.");
        }
        var to = from + account.Script.PageSize;
        var members = List(list, all.Skip(from).Take(account.Script.PageSize));
        return to < all.Count ? [members, Xml("NextToken", $"page-{to}")] : [members];
    }

    private static XElement List(string name, IEnumerable<XElement> members) => CloudFormationXml.List(name, members);

    private static XElement Xml(string name, string value) => CloudFormationXml.Element(name, value)!;
}
