using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

internal static class ValueFilters
{
    public static Value Default(Invocation call)
    {
        var isMissing = call.Subject is UndefinedValue || (call.Flag(1) && !call.Subject.IsTrue);
        return isMissing ? call.Bound[0] ?? TextValue.Empty : call.Subject;
    }

    public static Value Length(Invocation call) =>
        new IntegerValue(call.Subject.Length ?? throw new ChatTemplateException($"A value of type {call.Subject.TypeName} has no length."));

    /// <summary>A member of the value itself, never an entry.</summary>
    public static Value Attribute(Invocation call)
    {
        var name = call.Text(0);
        return call.Subject is UndefinedValue undefined
            ? throw undefined.Fault()
            : call.Subject.Member(name) ?? new UndefinedValue($"A value of type {call.Subject.TypeName} has no member '{name}'.");
    }

    public static Value RefuseRandom(Invocation call) =>
        throw new ChatTemplateException("The filter 'random' is refused: the same conversation must give the same prompt.");
}
