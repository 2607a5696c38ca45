using System.Runtime.CompilerServices;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Values in order with an index. Never changed once made: the sandbox refuses append and the like.</summary>
internal abstract class SequenceValue(Value[] items) : Value
{
    public Value[] Items { get; } = items;

    public override bool IsTrue => Items.Length > 0;

    public override int? Length => Items.Length;

    public override IEnumerable<Value> Elements => Items;

    public override Value? Member(string name) => Builtins.SequenceMethods.Table.Bind(name, this);
}

internal sealed class ListValue(Value[] items) : SequenceValue(items)
{
    public override string TypeName => "list";
}

internal class TupleValue(Value[] items) : SequenceValue(items)
{
    public override string TypeName => "tuple";
}

/// <summary>What groupby gives: a pair whose parts also have names.</summary>
internal sealed class GroupValue(Value grouper, ListValue list) : TupleValue([grouper, list])
{
    public override Value? Member(string name) => name switch
    {
        "grouper" => Items[0],
        "list" => Items[1],
        _ => base.Member(name),
    };
}

internal sealed class RangeValue(Int128 start, Int128 stop, Int128 step, Value[] items) : SequenceValue(items)
{
    public override string TypeName => "range";

    public override string ToString() => step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";
}

/// <summary>A dictionary in order of insertion.</summary>
internal sealed class DictValue(OrderedDictionary<Value, Value> entries) : Value
{
    public OrderedDictionary<Value, Value> Entries { get; } = entries;

    public override string TypeName => "dict";

    public override bool IsTrue => Entries.Count > 0;

    public override int? Length => Entries.Count;

    public override IEnumerable<Value> Elements => Entries.Keys;

    public static OrderedDictionary<Value, Value> NewEntries() => new(KeyComparer.Instance);

    public override Value? Member(string name) => Builtins.DictMethods.Table.Bind(name, this);
}

/// <summary>What dict.keys(), values() and items() give: iterable and countable, without an index.</summary>
internal sealed class ViewValue(string name, Value[] items) : Value
{
    public string Name => name;

    public Value[] Items => items;

    public override string TypeName => name;

    public override bool IsTrue => items.Length > 0;

    public override int? Length => items.Length;

    public override IEnumerable<Value> Elements => items;
}

/// <summary>What map, select and their like give: always true, without length, and used up by the first pass over it.</summary>
internal sealed class GeneratorValue(IEnumerable<Value> source) : Value
{
    private readonly IEnumerator<Value> _source = source.GetEnumerator();

    public override string TypeName => "generator";

    public override IEnumerable<Value> Elements => Drain();

    private IEnumerable<Value> Drain()
    {
        while (Advance())
        {
            yield return _source.Current;
        }
    }

    // Generators may draw from one another, thousands deep.
    private bool Advance() => RuntimeHelpers.TryEnsureSufficientExecutionStack()
        ? _source.MoveNext()
        : throw new ChatTemplateException("Filters such as map and select draw from one another too deep.");
}

/// <summary>The one thing that a template can change from inside a loop.</summary>
internal sealed class NamespaceValue : Value
{
    public Dictionary<string, Value> Attributes { get; } = [];

    public override string TypeName => "namespace";

    public override Value? Member(string name) => Attributes.GetValueOrDefault(name);
}
