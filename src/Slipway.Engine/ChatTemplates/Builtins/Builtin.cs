using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>One built-in with the names of its parameters.</summary>
internal sealed class Builtin
{
    private readonly string _title;
    private readonly string[] _parameters;
    private readonly int _required;
    private readonly bool _takesMore;
    private readonly Func<Invocation, Value> _body;

    public Builtin(string title, string[] parameters, Func<Invocation, Value> body)
    {
        _title = title;
        _takesMore = parameters is [.., "*"];
        _parameters = [.. parameters.Where(static name => name != "*").Select(static name => name.TrimEnd('?'))];
        _required = parameters.Count(static name => name != "*" && !name.EndsWith('?'));
        _body = body;
    }

    public Value Invoke(RenderContext context, Value subject, Arguments arguments)
    {
        context.Charge();
        ChargeTexts(context, subject, arguments);
        var bound = new Value?[_parameters.Length];
        var positional = Math.Min(arguments.Positional.Length, bound.Length);
        Array.Copy(arguments.Positional, bound, positional);
        List<(string, Value)> moreNamed = [];
        foreach (var (name, value) in arguments.Named)
        {
            var index = Array.IndexOf(_parameters, name);
            if (index >= 0 && bound[index] is not null)
            {
                throw new ChatTemplateException($"The {_title} got its argument '{name}' twice.");
            }

            if (index >= 0)
            {
                bound[index] = value;
            }
            else
            {
                moreNamed.Add((name, value));
            }
        }

        Check(arguments, bound, moreNamed);
        var more = new Arguments(arguments.Positional[positional..], [.. moreNamed]);
        return _body(new Invocation(context, _title, subject, bound, more));
    }

    // Whatever a built-in does with text, it reads it about once.
    private static void ChargeTexts(RenderContext context, Value subject, Arguments arguments)
    {
        context.ChargeText((subject as TextValue)?.Text.Length ?? 0);
        foreach (var argument in arguments.Positional)
        {
            context.ChargeText((argument as TextValue)?.Text.Length ?? 0);
        }
    }

    private void Check(Arguments arguments, Value?[] bound, List<(string Name, Value Value)> moreNamed)
    {
        if (!_takesMore && arguments.Positional.Length > bound.Length)
        {
            throw new ChatTemplateException(
                $"The {_title} takes at most {bound.Length} arguments, but got {arguments.Positional.Length}.");
        }

        if (!_takesMore && moreNamed.Count > 0)
        {
            throw new ChatTemplateException($"The {_title} has no argument '{moreNamed[0].Name}'.");
        }

        var missing = Array.FindIndex(bound, 0, _required, static value => value is null);
        if (missing >= 0)
        {
            throw new ChatTemplateException($"The {_title} misses its argument '{_parameters[missing]}'.");
        }
    }
}
