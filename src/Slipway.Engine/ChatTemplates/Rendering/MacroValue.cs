using Slipway.Engine.ChatTemplates.Syntax;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>A macro, or the body of a call block, with the variables that surrounded it where it was written.</summary>
internal sealed class MacroValue(MacroDefinition macro, Scope surroundings, Interpreter interpreter) : CallableValue
{
    // A call makes variables and a text of its own, whatever its body does.
    private const int StepsPerCall = 10;

    public override string TypeName => "macro";

    public override Value? Member(string name) => name switch
    {
        "name" => new TextValue(macro.Name),
        "arguments" => new TupleValue([.. macro.Parameters.Select(static parameter => (Value)new TextValue(parameter.Name))]),
        _ => null,
    };

    public override Value Invoke(RenderContext context, Arguments arguments)
    {
        context.EnterCall();
        context.Charge(StepsPerCall);
        var scope = new Scope(surroundings);
        BindParameters(arguments, scope);
        var output = new TextSink(context);
        interpreter.Render(macro.Body, scope, output);
        context.LeaveCall();
        return new TextValue(output.ToString());
    }

    private void BindParameters(Arguments arguments, Scope scope)
    {
        var named = new OrderedDictionary<string, Value>();
        foreach (var (name, value) in arguments.Named)
        {
            named[name] = value;
        }

        if (macro.UsesCaller)
        {
            scope.Set("caller", named.Remove("caller", out var caller) ? caller : UndefinedValue.OfName("caller"));
        }

        var missing = new List<(string Name, Expression? Default)>();
        for (var i = 0; i < macro.Parameters.Length; i++)
        {
            var (name, fallback) = macro.Parameters[i];
            if (i < arguments.Positional.Length)
            {
                scope.Set(name, arguments.Positional[i]);
            }
            else if (named.Remove(name, out var value))
            {
                scope.Set(name, value);
            }
            else
            {
                missing.Add((name, fallback));
            }
        }

        BindRest(arguments, named, scope);
        foreach (var (name, fallback) in missing)
        {
            scope.Set(name, fallback is null ? Missing(name) : interpreter.Evaluate(fallback, scope));
        }
    }

    private void BindRest(Arguments arguments, OrderedDictionary<string, Value> named, Scope scope)
    {
        var rest = arguments.Skip(macro.Parameters.Length).Positional;
        if (macro.UsesVarargs)
        {
            scope.Set("varargs", new TupleValue(rest));
        }
        else if (rest.Length > 0)
        {
            throw new ChatTemplateException(
                $"The macro '{macro.Name}' takes at most {macro.Parameters.Length} arguments, but got {arguments.Positional.Length}.");
        }

        if (macro.UsesKwargs)
        {
            var entries = DictValue.NewEntries();
            foreach (var (name, value) in named)
            {
                entries[new TextValue(name)] = value;
            }

            scope.Set("kwargs", new DictValue(entries));
        }
        else if (named.Count > 0)
        {
            throw new ChatTemplateException($"The macro '{macro.Name}' has no parameter '{named.GetAt(0).Key}', or got it twice.");
        }
    }

    private UndefinedValue Missing(string name) => new($"The macro '{macro.Name}' got no value for its parameter '{name}'.");
}
