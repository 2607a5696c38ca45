using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>map, select, reject: lazy, as in Jinja, so that each element costs when it is taken.</summary>
internal static class SelectionFilters
{
    public static Value Select(Invocation call) => Choose(call, wanted: true, byAttribute: false);

    public static Value Reject(Invocation call) => Choose(call, wanted: false, byAttribute: false);

    public static Value SelectByAttribute(Invocation call) => Choose(call, wanted: true, byAttribute: true);

    public static Value RejectByAttribute(Invocation call) => Choose(call, wanted: false, byAttribute: true);

    public static Value Map(Invocation call)
    {
        var apply = call.More.Positional.Length > 0 ? MapByFilter(call) : MapByAttribute(call);
        return new GeneratorValue(Charged(call).Select(apply));
    }

    private static Func<Value, Value> MapByFilter(Invocation call)
    {
        var name = NameOf(call, call.More.Positional[0], "filter");
        var arguments = call.More.Skip(1);
        return item => Filters.Table.Apply(call.Context, name, item, arguments);
    }

    private static Func<Value, Value> MapByAttribute(Invocation call)
    {
        var named = call.More.Named.DistinctBy(static argument => argument.Name).ToDictionary(
            static argument => argument.Name, static argument => argument.Value);
        if (!named.Remove("attribute", out var attribute))
        {
            throw new ChatTemplateException("The filter 'map' needs the name of a filter, or attribute=….");
        }

        named.Remove("default", out var fallback);
        if (named.Count > 0)
        {
            throw new ChatTemplateException($"The filter 'map' has no argument '{named.Keys.First()}'.");
        }

        var path = new AttributePath(attribute);
        return item => path.Read(item, call.Context, fallback);
    }

    private static GeneratorValue Choose(Invocation call, bool wanted, bool byAttribute)
    {
        var arguments = call.More;
        AttributePath? path = null;
        if (byAttribute)
        {
            path = new AttributePath(arguments.Positional is [var attribute, ..]
                ? attribute : throw new ChatTemplateException($"The {call.Title} needs the name of an attribute."));
            arguments = arguments.Skip(1);
        }

        var holds = TestOf(call, arguments);
        return new(Charged(call).Where(item => holds(path?.Read(item, call.Context) ?? item) == wanted));
    }

    private static Func<Value, bool> TestOf(Invocation call, Arguments arguments)
    {
        if (arguments.Positional.Length == 0)
        {
            return static value => value.IsTrue;
        }

        var name = NameOf(call, arguments.Positional[0], "test");
        var rest = arguments.Skip(1);
        return value => Tests.Table.Apply(call.Context, name, value, rest).IsTrue;
    }

    private static string NameOf(Invocation call, Value value, string kind) => value is TextValue text
        ? text.Text : throw call.Wrong(value, $"the name of a {kind}");

    private static IEnumerable<Value> Charged(Invocation call) => call.Subject.Iterate().Select(item =>
    {
        call.Context.Charge();
        return item;
    });
}
