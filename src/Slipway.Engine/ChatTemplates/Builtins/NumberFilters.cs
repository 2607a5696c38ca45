using Slipway.Engine.ChatTemplates.Syntax;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

internal static class NumberFilters
{
    public static Value Absolute(Invocation call) => call.Subject switch
    {
        FloatValue number => new FloatValue(Math.Abs(number.Value)),
        _ when Numbers.AsInteger(call.Subject) is { } integer && integer < 0 => Numbers.Negate(new IntegerValue(integer)),
        _ when Numbers.AsInteger(call.Subject) is { } integer => new IntegerValue(integer),
        _ => throw call.Wrong(call.Subject, "a number"),
    };

    public static Value Round(Invocation call)
    {
        var precision = Numbers.Clamp(call.Integer(0));
        if (!Numbers.IsNumber(call.Subject))
        {
            throw call.Wrong(call.Subject, "a number");
        }

        var number = Numbers.ToDouble(call.Subject);
        switch (call.Text(1, "common"))
        {
            case "common" when Numbers.AsInteger(call.Subject) is { } integer && precision >= 0:
                return new IntegerValue(integer);
            case "common" when Numbers.AsInteger(call.Subject) is not null:
                return Conversions.Truncate(Rounding.Round(number, precision));
            case "common":
                return new FloatValue(Rounding.Round(number, precision));
            case "ceil":
                return new FloatValue(Math.Ceiling(number * Math.Pow(10, precision)) / Math.Pow(10, precision));
            case "floor":
                return new FloatValue(Math.Floor(number * Math.Pow(10, precision)) / Math.Pow(10, precision));
            default:
                throw new ChatTemplateException("The filter 'round' knows the methods common, ceil and floor.");
        }
    }

    public static Value Sum(Invocation call)
    {
        var sum = call.Bound[1] ?? new IntegerValue(0);
        var path = call.Has(0) ? new AttributePath(call[0]) : null;
        foreach (var item in call.ItemsOf(call.Subject))
        {
            sum = sum is TextValue
                ? throw call.Wrong(sum, "numbers or lists; join puts text together")
                : Operators.Apply(BinaryOperator.Add, sum, path?.Read(item, call.Context) ?? item, call.Context);
        }

        return sum;
    }
}
