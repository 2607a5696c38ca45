using System.Globalization;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>The filters <c>int</c> and <c>float</c>: what cannot be converted becomes the default.</summary>
internal static class Conversions
{
    // Any digits beyond belong to a number that no integer here can hold.
    private const int LongestNumber = 400;

    public static Value ToInteger(Invocation call)
    {
        if (call.Subject is UndefinedValue undefined)
        {
            throw undefined.Fault();
        }

        if (Numbers.AsInteger(call.Subject) is { } integer)
        {
            return new IntegerValue(integer);
        }

        if (call.Subject is TextValue text && ParseInteger(text.Text, call.Integer(1, 10)) is { } parsed)
        {
            return new IntegerValue(parsed);
        }

        return AsFloat(call.Subject) is { } number && double.IsFinite(number)
            ? Truncate(number)
            : call.Bound[0] ?? new IntegerValue(0);
    }

    public static Value ToFloat(Invocation call) => call.Subject is UndefinedValue undefined
        ? throw undefined.Fault()
        : AsFloat(call.Subject) is { } number ? new FloatValue(number) : call.Bound[0] ?? new FloatValue(0);

    public static IntegerValue Truncate(double number) => Math.Abs(number) < 1.7e38
        ? new((Int128)Math.Truncate(number))
        : throw new ChatTemplateException($"The number {ValueText.OfFloat(number)} does not fit in an integer.");

    private static double? AsFloat(Value value) => value switch
    {
        TextValue text => ParseFloat(text.Text.Trim()),
        _ when Numbers.IsNumber(value) => Numbers.ToDouble(value),
        _ => null,
    };

    private static double? ParseFloat(string text)
    {
        var digits = Ungrouped(text);
        switch (digits.ToLowerInvariant().TrimStart('+', '-'))
        {
            case "inf" or "infinity":
                return digits[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            case "nan":
                return double.NaN;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(digits, Style, CultureInfo.InvariantCulture, out var number)
            ? number : null;
    }

    private static Int128? ParseInteger(string text, Int128 radix)
    {
        var digits = Ungrouped(text.Trim());
        var isNegative = digits.StartsWith('-');
        digits = digits is ['+' or '-', ..] ? digits[1..] : digits;
        digits = radix switch
        {
            _ when radix == 16 && digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => digits[2..],
            _ when radix == 8 && digits.StartsWith("0o", StringComparison.OrdinalIgnoreCase) => digits[2..],
            _ when radix == 2 && digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase) => digits[2..],
            _ => digits,
        };
        if (digits.Length is 0 or > LongestNumber || radix < 2 || radix > 36)
        {
            return null;
        }

        Int128 value = 0;
        foreach (var digit in digits)
        {
            var worth = char.IsAsciiDigit(digit) ? digit - '0' : char.IsAsciiLetter(digit) ? char.ToLowerInvariant(digit) - 'a' + 10 : 99;
            if (worth >= radix)
            {
                return null;
            }

            value = value <= (Int128.MaxValue - worth) / radix
                ? (value * radix) + worth
                : throw new ChatTemplateException("An integer does not fit in 128 bits.");
        }

        return isNegative ? -value : value;
    }

    // Python allows single underscores between digits.
    private static string Ungrouped(string text)
    {
        var isGrouped = text.Length <= LongestNumber && text.Contains('_', StringComparison.Ordinal)
            && !text.StartsWith('_') && !text.EndsWith('_') && !text.Contains("__", StringComparison.Ordinal);
        return isGrouped ? text.Replace("_", "", StringComparison.Ordinal) : text;
    }
}
