using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Methods of lists and tuples; those that change one are refused, as in Jinja's immutable sandbox.</summary>
internal static class SequenceMethods
{
    public static readonly BuiltinTable Table = new("list method")
    {
        { "index", "value start? stop?", IndexOf },
        { "count", "value", static call => new IntegerValue(Items(call).Count(item => Comparisons.AreEqual(item, call[0], call.Context))) },
        { "copy", "", static call => call.Subject },
        { "append clear extend insert pop remove reverse sort", "*", Sandbox.Refuse },
    };

    private static Value[] Items(Invocation call) => ((SequenceValue)call.Subject).Items;

    private static IntegerValue IndexOf(Invocation call)
    {
        var items = Items(call);
        var (start, end) = (Place(call.Integer(1), items.Length), Place(call.Integer(2, items.Length), items.Length));
        for (var i = start; i < end; i++)
        {
            if (Comparisons.AreEqual(items[i], call[0], call.Context))
            {
                return new(i);
            }
        }

        throw new ChatTemplateException("The list does not hold the value whose index was asked for.");
    }

    private static int Place(Int128 index, int length) =>
        (int)Int128.Clamp(index < 0 ? Int128.Max(index, -length) + length : index, 0, length);
}

internal static class Sandbox
{
    public static Value Refuse(Invocation call) =>
        throw new ChatTemplateException(
            $"The {call.Title} is refused: a template must not change what it was given. Use '+' or a namespace.");
}
