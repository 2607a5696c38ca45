namespace Slipway.Engine.ChatTemplates.Values;

internal sealed class NoneValue : Value
{
    private NoneValue()
    {
    }

    public static NoneValue Instance { get; } = new();

    public override string TypeName => "none";

    public override bool IsTrue => false;
}

/// <summary>Something that is not there: prints as nothing, has no elements, and faults when more is asked of it.</summary>
/// <param name="fault">What to say then.</param>
internal sealed class UndefinedValue(string fault) : Value
{
    public static UndefinedValue OfConditional { get; } =
        new("The inline 'if' was false and has no 'else', so its value is undefined.");

    public override string TypeName => "undefined";

    public override bool IsTrue => false;

    public override int? Length => 0;

    public override IEnumerable<Value> Elements => [];

    public static UndefinedValue OfName(string name) => new($"'{name}' is undefined.");

    public ChatTemplateException Fault() => new(fault);
}

internal sealed class BooleanValue : Value
{
    private BooleanValue(bool value) => Value = value;

    public static BooleanValue True { get; } = new(true);

    public static BooleanValue False { get; } = new(false);

    public bool Value { get; }

    public override string TypeName => "boolean";

    public override bool IsTrue => Value;

    public static BooleanValue Of(bool value) => value ? True : False;
}

/// <summary>Python's integers have no bounds; 128 bits hold every one that a template or a JSON schema means.</summary>
internal sealed class IntegerValue(Int128 value) : Value
{
    public Int128 Value { get; } = value;

    public override string TypeName => "integer";

    public override bool IsTrue => Value != 0;
}

internal sealed class FloatValue(double value) : Value
{
    public double Value { get; } = value;

    public override string TypeName => "float";

    public override bool IsTrue => Value != 0;
}

/// <summary>A string. Its elements and its length are code points, as in Python, not UTF-16 units.</summary>
internal sealed class TextValue(string text) : Value
{
    public static TextValue Empty { get; } = new("");

    public string Text { get; } = text;

    public override string TypeName => "string";

    public override bool IsTrue => Text.Length > 0;

    public override int? Length => CodePoints.Count(Text);

    public override IEnumerable<Value> Elements => CodePoints.Each(Text).Select(character => (Value)new TextValue(character));

    public override Value? Member(string name) => Builtins.StringMethods.Table.Bind(name, this);
}
