using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Methods of dictionaries; those that change one are refused, as in Jinja's immutable sandbox.</summary>
internal static class DictMethods
{
    public static readonly BuiltinTable Table = new("dict method")
    {
        { "get", "key default?", static call => Entries(call).GetValueOrDefault(KeyComparer.Check(call[0]), call[1]) },
        { "items", "", static call => View(call, "dict_items", ItemsOf(call)) },
        { "keys", "", static call => View(call, "dict_keys", Entries(call).Keys) },
        { "values", "", static call => View(call, "dict_values", Entries(call).Values) },
        { "copy", "", static call => call.Subject },
        { "clear pop popitem setdefault update", "*", Sandbox.Refuse },
    };

    public static IEnumerable<Value> ItemsOf(Invocation call) =>
        Entries(call).Select(static entry => (Value)new TupleValue([entry.Key, entry.Value]));

    private static OrderedDictionary<Value, Value> Entries(Invocation call) => ((DictValue)call.Subject).Entries;

    private static ViewValue View(Invocation call, string name, IEnumerable<Value> items)
    {
        call.Context.Charge(Entries(call).Count);
        return new(name, [.. items]);
    }
}
