using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>How one value is laid out by <c>'{:&gt;8.2f}'.format()</c> or <c>'%8.2f' %</c>.</summary>
internal sealed record FormatSpec
{
    // A number has about three hundred digits before the point and at most 1,074 that mean something behind it.
    private const int MaxPrecision = 1_100;

    public string Fill { get; init; } = " ";

    public char? Align { get; init; }

    public char Sign { get; init; } = '-';

    public bool Alternate { get; init; }

    public char? Grouping { get; init; }

    public Int128 Width { get; init; }

    public Int128? Precision { get; init; }

    public char? Type { get; init; }

    public static ChatTemplateException Unknown(char type, Value value) =>
        new($"The format '{type}' does not fit a value of type {value.TypeName}.");

    public string Apply(Value value, RenderContext context)
    {
        if (value is TextValue text)
        {
            var shown = Type is null or 's' ? text.Text : throw Unknown(Type.Value, value);
            shown = Precision is { } most ? shown[..CodePoints.ToUtf16(shown, Numbers.Clamp(most))] : shown;
            return Lay("", shown, '<', context);
        }

        if (!Numbers.IsNumber(value) || (Type == 's' && value is BooleanValue))
        {
            return Lay("", ValueText.Of(value, context), '<', context);
        }

        var (isNegative, digits) = Digits(value);
        var sign = isNegative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "";
        return Lay(sign + Prefix(), Grouping is { } mark ? Grouped(digits, mark) : digits, '>', context);
    }

    private (bool IsNegative, string Digits) Digits(Value value)
    {
        var type = Type ?? (value is FloatValue ? 'r' : 'd');
        if (type is 'd' or 'x' or 'X' or 'o' or 'b' or 'n' or 'i')
        {
            var number = Numbers.AsInteger(value) ?? throw Unknown(type, value);
            return (number < 0, OfInteger(UInt128.CreateTruncating(number < 0 ? -number : number), type));
        }

        var real = Numbers.ToDouble(value);
        var magnitude = Math.Abs(real);
        return (double.IsNegative(real) && !double.IsNaN(real), OfFloat(magnitude, type, value));
    }

    private static string OfInteger(UInt128 number, char type)
    {
        var radix = type switch { 'x' or 'X' => 16u, 'o' => 8u, 'b' => 2u, _ => 10u };
        var digits = new Stack<char>();
        do
        {
            var digit = (int)(number % radix);
            digits.Push((type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[digit]);
            number /= radix;
        }
        while (number != 0);

        return string.Concat(digits);
    }

    private string OfFloat(double number, char type, Value value)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : "inf";
        }

        var wanted = Precision ?? 6;
        var precision = wanted <= MaxPrecision
            ? (int)wanted
            : throw new ChatTemplateException($"A precision of {wanted} is too large; {MaxPrecision} is the most.");
        return type switch
        {
            'f' or 'F' => Rounding.Fixed(number, precision),
            '%' => Rounding.Fixed(number * 100, precision) + "%",
            'e' or 'E' => Exponential(number, precision, type),
            'g' or 'G' => General(number, Math.Max(precision, 1)),
            'r' => Precision is null ? ValueText.OfFloat(number) : General(number, Math.Max(precision, 1)),
            _ => throw Unknown(type, value),
        };
    }

    private static string Exponential(double number, int precision, char type)
    {
        var text = number.ToString($"{type}{precision}", CultureInfo.InvariantCulture);
        var digits = text.LastIndexOf(type) + 2;
        return text[..digits] + text[digits..].TrimStart('0').PadLeft(2, '0');
    }

    private static string General(double number, int precision)
    {
        var text = Exponential(number, precision - 1, 'e');
        var mark = text.LastIndexOf('e');
        var exponent = int.Parse(text[(mark + 1)..], CultureInfo.InvariantCulture);
        return exponent < -4 || exponent >= precision
            ? TrimZeros(text[..mark]) + text[mark..]
            : TrimZeros(Rounding.Fixed(number, Math.Max(precision - 1 - exponent, 0)));
    }

    private static string TrimZeros(string digits) =>
        digits.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;

    private static string Grouped(string digits, char mark)
    {
        var whole = digits.TakeWhile(char.IsAsciiDigit).Count();
        var grouped = digits[..whole];
        for (var at = whole - 3; at > 0; at -= 3)
        {
            grouped = grouped.Insert(at, mark.ToString());
        }

        return grouped + digits[whole..];
    }

    private string Prefix() => !Alternate ? "" : Type switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", 'b' => "0b", _ => "" };

    private string Lay(string sign, string body, char usual, RenderContext context)
    {
        var align = Align ?? usual;
        var inner = align == '=' ? body : sign + body;
        var width = align == '=' ? Width - sign.Length : Width;
        var missing = Int128.Max(width - CodePoints.Count(inner), 0);
        var laid = align switch
        {
            '<' => Padding.Pad(inner, width, Fill, atStart: false, context).Text,
            '^' => Padding.Pad(LeftOfCenter().Text, width, Fill, atStart: false, context).Text,
            _ => Padding.Pad(inner, width, Fill, atStart: true, context).Text,
        };
        return align == '=' ? sign + laid : laid;

        TextValue LeftOfCenter() => Padding.Pad(inner, width - missing + (missing / 2), Fill, atStart: true, context);
    }
}
