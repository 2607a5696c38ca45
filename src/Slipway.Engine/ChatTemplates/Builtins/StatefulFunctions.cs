using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Gives nothing the first time it is called and the separator from then on.</summary>
internal sealed class JoinerValue(string separator) : CallableValue
{
    private bool _wasCalled;

    public override Value Invoke(RenderContext context, Arguments arguments)
    {
        var text = _wasCalled ? separator : "";
        _wasCalled = true;
        return new TextValue(text);
    }
}

/// <summary>Goes round its values by hand.</summary>
internal sealed class CyclerValue : Value
{
    private static readonly BuiltinTable Methods = new("cycler method")
    {
        { "next", "", static call => ((CyclerValue)call.Subject).Next() },
        { "reset", "", static call => ((CyclerValue)call.Subject).Reset() },
    };

    private readonly Value[] _values;
    private int _position;

    public CyclerValue(Value[] values) =>
        _values = values.Length > 0 ? values : throw new ChatTemplateException("A cycler needs something to cycle through.");

    public override string TypeName => "cycler";

    public override Value? Member(string name) => name == "current" ? _values[_position] : Methods.Bind(name, this);

    private Value Next()
    {
        var value = _values[_position];
        _position = (_position + 1) % _values.Length;
        return value;
    }

    private NoneValue Reset()
    {
        _position = 0;
        return NoneValue.Instance;
    }
}
