namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Booleans, integers and floats as one family; mixing gives the wider kind.</summary>
internal static class Numbers
{
    public static bool IsNumber(Value value) => value is BooleanValue or IntegerValue or FloatValue;

    /// <summary>The value as an integer, booleans included; null for all else.</summary>
    public static Int128? AsInteger(Value value) => value switch
    {
        IntegerValue integer => integer.Value,
        BooleanValue boolean => boolean.Value ? 1 : 0,
        _ => null,
    };

    public static double ToDouble(Value value) => value switch
    {
        FloatValue number => number.Value,
        _ => (double)AsInteger(value)!.Value,
    };

    /// <summary>Null unless both are numbers.</summary>
    public static bool? AreEqual(Value a, Value b) => (AsInteger(a), AsInteger(b)) switch
    {
        ({ } x, { } y) => x == y,
        _ when IsNumber(a) && IsNumber(b) => ToDouble(a) == ToDouble(b),
        _ => null,
    };

    public static Value Apply(Syntax.BinaryOperator operation, Value a, Value b)
    {
        try
        {
            return (AsInteger(a), AsInteger(b)) is ({ } x, { } y)
                ? OfIntegers(operation, x, y)
                : OfFloats(operation, ToDouble(a), ToDouble(b));
        }
        catch (OverflowException)
        {
            throw TooLarge();
        }
    }

    public static Value Negate(Value value) => value is FloatValue number
        ? new FloatValue(-number.Value)
        : new IntegerValue(AsInteger(value)!.Value is var x && x == Int128.MinValue ? throw TooLarge() : -x);

    /// <summary>An integer where .NET wants an index: anything further out becomes the outermost one.</summary>
    public static int Clamp(Int128 value) => (int)Int128.Clamp(value, int.MinValue, int.MaxValue);

    public static Int128 FloorDivide(Int128 x, Int128 y)
    {
        var quotient = checked(x / NotZero(y));
        return x % y != 0 && (x < 0) != (y < 0) ? quotient - 1 : quotient;
    }

    private static Value OfIntegers(Syntax.BinaryOperator operation, Int128 x, Int128 y)
    {
        checked
        {
            return operation switch
            {
                Syntax.BinaryOperator.Add => new IntegerValue(x + y),
                Syntax.BinaryOperator.Subtract => new IntegerValue(x - y),
                Syntax.BinaryOperator.Multiply => new IntegerValue(x * y),
                Syntax.BinaryOperator.Divide => new FloatValue((double)x / (double)NotZero(y)),
                Syntax.BinaryOperator.FloorDivide => new IntegerValue(FloorDivide(x, y)),
                Syntax.BinaryOperator.Modulo => new IntegerValue(y == -1 ? 0 : x - (FloorDivide(x, y) * y)),
                _ => y >= 0 ? new IntegerValue(PowerOf(x, y)) : OfFloats(operation, (double)x, (double)y),
            };
        }
    }

    private static FloatValue OfFloats(Syntax.BinaryOperator operation, double x, double y) => new(operation switch
    {
        Syntax.BinaryOperator.Add => x + y,
        Syntax.BinaryOperator.Subtract => x - y,
        Syntax.BinaryOperator.Multiply => x * y,
        Syntax.BinaryOperator.Divide => x / NotZero(y),
        Syntax.BinaryOperator.FloorDivide => Math.Floor(x / NotZero(y)),
        Syntax.BinaryOperator.Modulo => FloorModulo(x, NotZero(y)),
        _ => PowerOf(x, y),
    });

    private static double FloorModulo(double x, double y)
    {
        var rest = x % y;
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
    }

    private static double PowerOf(double x, double y)
    {
        if (x == 0 && y < 0)
        {
            throw DivisionByZero();
        }

        var power = Math.Pow(x, y);
        return double.IsFinite(power) || !double.IsFinite(x) || !double.IsFinite(y) ? power : throw TooLarge();
    }

    private static Int128 PowerOf(Int128 x, Int128 y)
    {
        if (x is var unit && (unit == 0 || unit == 1 || unit == -1))
        {
            return y == 0 ? 1 : unit == -1 && y % 2 == 0 ? 1 : unit;
        }

        // Two is the smallest base left, so 127 rounds end in an overflow at the latest.
        Int128 power = 1;
        for (var i = (Int128)0; i < y; i++)
        {
            power = checked(power * x);
        }

        return power;
    }

    private static Int128 NotZero(Int128 divisor) => divisor != 0 ? divisor : throw DivisionByZero();

    private static double NotZero(double divisor) => divisor != 0 ? divisor : throw DivisionByZero();

    private static ChatTemplateException DivisionByZero() => new("Division by zero.");

    private static ChatTemplateException TooLarge() => new("A number is too large: integers have 128 bits here.");
}
