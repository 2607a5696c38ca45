using Slipway.Engine.ChatTemplates.Builtins;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Syntax;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Python's arithmetic, on sequences too.</summary>
internal static class Operators
{
    public static Value Apply(BinaryOperator operation, Value a, Value b, RenderContext context)
    {
        switch (operation, a, b)
        {
            case (_, UndefinedValue undefined, _):
                throw undefined.Fault();
            case (BinaryOperator.Modulo, TextValue format, _):
                return new TextValue(PercentFormat.Apply(format.Text, b, context));
            case (_, _, UndefinedValue undefined):
                throw undefined.Fault();
            case (BinaryOperator.Add, TextValue x, TextValue y):
                context.ChargeText((Int128)x.Text.Length + y.Text.Length);
                return new TextValue(x.Text + y.Text);
            case (BinaryOperator.Add, ListValue x, ListValue y):
                return new ListValue(Join(x.Items, y.Items, context));
            case (BinaryOperator.Add, TupleValue x, TupleValue y):
                return new TupleValue(Join(x.Items, y.Items, context));
            case (BinaryOperator.Multiply, TextValue or ListValue or TupleValue, _) when Numbers.AsInteger(b) is { } count:
                return Repeat(a, count, context);
            case (BinaryOperator.Multiply, _, TextValue or ListValue or TupleValue) when Numbers.AsInteger(a) is { } count:
                return Repeat(b, count, context);
            case var _ when Numbers.IsNumber(a) && Numbers.IsNumber(b):
                return Numbers.Apply(operation, a, b);
            default:
                throw new ChatTemplateException($"'{SignOf(operation)}' does not work between {a.TypeName} and {b.TypeName}.");
        }
    }

    public static Value Apply(UnaryOperator operation, Value operand) => operation switch
    {
        UnaryOperator.Not => BooleanValue.Of(!operand.IsTrue),
        _ when operand is UndefinedValue undefined => throw undefined.Fault(),
        _ when !Numbers.IsNumber(operand) => throw new ChatTemplateException($"A sign does not work on {operand.TypeName}."),
        UnaryOperator.Negate => Numbers.Negate(operand),
        _ => operand is BooleanValue ? new IntegerValue(Numbers.AsInteger(operand)!.Value) : operand,
    };

    private static Value[] Join(Value[] a, Value[] b, RenderContext context)
    {
        context.Charge((long)a.Length + b.Length);
        return [.. a, .. b];
    }

    private static Value Repeat(Value value, Int128 count, RenderContext context)
    {
        var length = value is TextValue text ? text.Text.Length : ((SequenceValue)value).Items.Length;
        var times = count < 0 || length == 0 ? 0 : (Int128)Math.Min((double)count, int.MaxValue);
        context.ChargeText(times * length);
        if (value is TextValue repeated)
        {
            return new TextValue(string.Concat(Enumerable.Repeat(repeated.Text, (int)times)));
        }

        context.Charge((long)(times * length));
        var items = ((SequenceValue)value).Items;
        var all = new Value[(int)times * length];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = items[i % length];
        }

        return value is ListValue ? new ListValue(all) : new TupleValue(all);
    }

    private static string SignOf(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.FloorDivide => "//",
        BinaryOperator.Modulo => "%",
        _ => "**",
    };
}
