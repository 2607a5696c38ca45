using Slipway.Engine.ChatTemplates.Builtins;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>
/// The variable <c>loop</c>. Elements are taken as the loop comes to them; only asking for what lies ahead (<c>last</c>,
/// <c>nextitem</c>, the length of a filtered loop) looks further.
/// </summary>
internal sealed class LoopValue : Value, IDisposable
{
    private static readonly BuiltinTable Methods = new("loop method")
    {
        { "cycle", "*", static call => ((LoopValue)call.Subject).Cycle(call.More.Positional) },
        { "changed", "*", static call => ((LoopValue)call.Subject).Changed(call.More.Positional, call.Context) },
    };

    private readonly IEnumerator<Value> _source;
    private readonly Queue<Value> _ahead = [];
    private readonly RenderContext _context;
    private readonly int? _knownLength;
    private int _index = -1;
    private Value? _previous;
    private Value? _current;
    private Value[]? _lastChanged;

    public LoopValue(IEnumerable<Value> items, int? knownLength, RenderContext context)
    {
        _source = items.GetEnumerator();
        _knownLength = knownLength;
        _context = context;
    }

    public override string TypeName => "loop";

    public Value Current => _current!;

    public override int? Length => Total();

    public void Dispose() => _source.Dispose();

    public bool Advance()
    {
        if (!LookAhead(1))
        {
            return false;
        }

        _previous = _current;
        _current = _ahead.Dequeue();
        _index++;
        return true;
    }

    public override Value? Member(string name) => name switch
    {
        "index" => new IntegerValue(_index + 1),
        "index0" => new IntegerValue(_index),
        "revindex" => new IntegerValue(Total() - _index),
        "revindex0" => new IntegerValue(Total() - _index - 1),
        "first" => BooleanValue.Of(_index == 0),
        "last" => BooleanValue.Of(!LookAhead(1)),
        "length" => new IntegerValue(Total()),
        "depth" => new IntegerValue(1),
        "depth0" => new IntegerValue(0),
        "previtem" => _previous ?? new UndefinedValue("There is no previous item."),
        "nextitem" => LookAhead(1) ? _ahead.Peek() : new UndefinedValue("There is no next item."),
        _ => Methods.Bind(name, this),
    };

    private int Total()
    {
        if (_knownLength is { } known)
        {
            return known;
        }

        _ = LookAhead(int.MaxValue);
        return _index + 1 + _ahead.Count;
    }

    private bool LookAhead(int count)
    {
        while (_ahead.Count < count && _source.MoveNext())
        {
            _context.Charge();
            _ahead.Enqueue(_source.Current);
        }

        return _ahead.Count >= count;
    }

    private Value Cycle(Value[] values) => values.Length > 0
        ? values[_index % values.Length]
        : throw new ChatTemplateException("loop.cycle needs something to cycle through.");

    private BooleanValue Changed(Value[] values, RenderContext context)
    {
        var changed = _lastChanged is null || !Comparisons.AreEqual(new TupleValue(_lastChanged), new TupleValue(values), context);
        _lastChanged = values;
        return BooleanValue.Of(changed);
    }
}
