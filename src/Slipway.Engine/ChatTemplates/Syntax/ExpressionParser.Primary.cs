using System.Globalization;
using System.Text;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>Names, literals and brackets.</summary>
internal sealed partial class ExpressionParser
{
    private Expression ParsePrimary()
    {
        var token = reader.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                return ParseName(reader.Take());
            case TokenKind.String:
                return new Constant(token.Line, new TextValue(ParseAdjacentStrings()));
            case TokenKind.Integer:
                return new Constant(token.Line, new IntegerValue(IntegerOf(reader.Take())));
            case TokenKind.Float:
                return new Constant(token.Line, new FloatValue(FloatOf(reader.Take())));
            case TokenKind.Operator when token.Text is "(" or "[" or "{":
                reader.Take();
                return token.Text switch { "(" => ParseParentheses(token.Line), "[" => ParseList(token.Line), _ => ParseDict(token.Line) };
            default:
                throw reader.Unexpected("a value");
        }
    }

    private Expression ParseName(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True":
                return new Constant(token.Line, BooleanValue.True);
            case "false" or "False":
                return new Constant(token.Line, BooleanValue.False);
            case "none" or "None":
                return new Constant(token.Line, NoneValue.Instance);
            default:
                NamesRead.Add(token.Text);
                return new NameRead(token.Line, token.Text);
        }
    }

    private string ParseAdjacentStrings()
    {
        var first = reader.Take().Text;
        if (reader.Current.Kind != TokenKind.String)
        {
            return first;
        }

        var text = new StringBuilder(first);
        while (reader.Current.Kind == TokenKind.String)
        {
            text.Append(reader.Take().Text);
        }

        return text.ToString();
    }

    private Expression ParseParentheses(int line)
    {
        if (reader.SkipOperator(")"))
        {
            return new ListLiteral(line, [], IsTuple: true);
        }

        var inner = ParseTuple();
        reader.ExpectOperator(")");
        return inner;
    }

    private ListLiteral ParseList(int line)
    {
        List<Expression> items = [];
        while (!reader.SkipOperator("]"))
        {
            SeparateFrom(items.Count);
            if (reader.SkipOperator("]"))
            {
                break;
            }

            items.Add(Parse());
        }

        return new(line, [.. items], IsTuple: false);
    }

    private DictLiteral ParseDict(int line)
    {
        List<(Expression, Expression)> items = [];
        while (!reader.SkipOperator("}"))
        {
            SeparateFrom(items.Count);
            if (reader.SkipOperator("}"))
            {
                break;
            }

            var key = Parse();
            reader.ExpectOperator(":");
            items.Add((key, Parse()));
        }

        return new(line, [.. items]);
    }

    private void SeparateFrom(int itemsBefore)
    {
        if (itemsBefore > 0)
        {
            reader.ExpectOperator(",");
        }
    }

    private static Int128 IntegerOf(Token token)
    {
        var digits = token.Text.Replace("_", "", StringComparison.Ordinal);
        var radix = digits.Length > 2 ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        Int128 value = 0;
        foreach (var digit in radix == 10 ? digits : digits[2..])
        {
            var worth = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : int.MaxValue;
            if (worth >= radix)
            {
                throw ChatTemplateException.AtLine(token.Line, $"{token} is not a number.");
            }

            if (value > (Int128.MaxValue - worth) / radix)
            {
                throw ChatTemplateException.AtLine(token.Line, "An integer does not fit in 128 bits.");
            }

            value = (value * radix) + worth;
        }

        return value;
    }

    private static double FloatOf(Token token) =>
        double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);
}
