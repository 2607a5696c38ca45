using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>One use of a built-in: what it works on and what was passed, by the place of the parameter.</summary>
/// <param name="Context">Pays for the work.</param>
/// <param name="Title">What faults call the built-in.</param>
/// <param name="Subject">The filter's input, the method's owner.</param>
/// <param name="Bound">Null where an argument was left out.</param>
/// <param name="More">What went beyond the parameters.</param>
internal sealed record Invocation(RenderContext Context, string Title, Value Subject, Value?[] Bound, Arguments More)
{
    public Value this[int index] => Bound[index] ?? NoneValue.Instance;

    /// <summary>The subject as text, whatever it is.</summary>
    public string SubjectText => ValueText.Of(Subject, Context);

    public bool Has(int index) => Bound[index] is not (null or NoneValue);

    public string Text(int index, string fallback = "") => Bound[index] switch
    {
        null => fallback,
        TextValue text => text.Text,
        var other => throw Wrong(other, "text"),
    };

    public Int128 Integer(int index, Int128 fallback = default) =>
        Bound[index] is not { } value ? fallback : Numbers.AsInteger(value) ?? throw Wrong(value, "an integer");

    public bool Flag(int index, bool fallback = false) => Bound[index]?.IsTrue ?? fallback;

    /// <summary>The elements of a value as an array, each paid for.</summary>
    public Value[] ItemsOf(Value value)
    {
        Context.Charge(value.Length ?? 0);
        List<Value> items = [];
        foreach (var item in value.Iterate())
        {
            Context.Charge();
            items.Add(item);
        }

        return [.. items];
    }

    public TextValue Made(string text)
    {
        Context.ChargeText(text.Length);
        return new(text);
    }

    public ChatTemplateException Wrong(Value value, string wanted) => value is UndefinedValue undefined
        ? undefined.Fault()
        : new($"The {Title} needs {wanted}, not a value of type {value.TypeName}.");
}
