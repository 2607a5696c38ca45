using System.Text;
using static Slipway.Engine.Constraints.Automata.Expression;

namespace Slipway.Engine.Constraints.Automata;

/// <summary>The words of JSON as automata, made once and used by every grammar.</summary>
internal static class JsonTokens
{
    /// <summary>Indentation beyond this is of no use to anybody.</summary>
    private const int MaxIndentation = 32;

    private static readonly Expression Hex = Or(Byte((byte)'0', (byte)'9'), Byte((byte)'a', (byte)'f'), Byte((byte)'A', (byte)'F'));

    private static readonly Expression NonZeroHex = Or(Byte((byte)'1', (byte)'9'), Byte((byte)'a', (byte)'f'), Byte((byte)'A', (byte)'F'));

    /// <summary>Nothing, one space, or a new line with its indentation.</summary>
    private static readonly Expression Space = Optional(Or(Text(" "), Then(Text("\n"), Times(Text(" "), 0, MaxIndentation))));

    private static readonly CodePoints Escaped = CodePoints.Of((0, 0x1F), ('"', '"'), ('\\', '\\'));

    public static ByteDfa Whitespace { get; } = Share(Space);

    public static ByteDfa OpenObject { get; } = Share(Text("{"));

    public static ByteDfa CloseObject { get; } = Share(Then(Space, Text("}")));

    public static ByteDfa OpenArray { get; } = Share(Text("["));

    public static ByteDfa CloseArray { get; } = Share(Then(Space, Text("]")));

    public static ByteDfa Comma { get; } = Share(Then(Text(","), Space));

    public static ByteDfa Colon { get; } = Share(Then(Text(":"), Space));

    public static ByteDfa Null { get; } = Share(Text("null"));

    public static ByteDfa Boolean { get; } = Share(Or(Text("true"), Text("false")));

    /// <summary>Any string, every escape among its spellings; characters count.</summary>
    public static ByteDfa String { get; } = Share(Quote(Times(new Character(Or(Plain(CodePoints.All), AnyEscape())), 0, null)));

    /// <summary>Any string that needs no escapes; characters count.</summary>
    public static ByteDfa PlainString { get; } = Share(Quote(Times(new Character(Plain(CodePoints.All)), 0, null)));

    /// <summary>Any whole number of up to 18 digits: it fits 64 bits.</summary>
    public static ByteDfa Integer { get; } = Share(Or(Text("0"), Then(Optional(Text("-")), Digits(1, 18))));

    /// <summary>Any number that a double can hold without overflow.</summary>
    public static ByteDfa Number { get; } = Share(Then(
        Optional(Text("-")),
        Or(Text("0"), Digits(1, 16)),
        Optional(Then(Text("."), Times(Byte((byte)'0', (byte)'9'), 1, 16))),
        Optional(Then(Any("eE"), Optional(Any("+-")), Times(Byte((byte)'0', (byte)'9'), 1, 2)))));

    /// <summary>The string whose content is given, each character in its usual spelling.</summary>
    public static Expression Quote(Expression content) => Then(Text("\""), content, Text("\""));

    /// <summary>One counted character of the set, spelled as JSON writes it: as it is where that is allowed.</summary>
    public static Expression Member(CodePoints set)
    {
        List<Expression> options = [Plain(set)];
        foreach (var (low, high) in Escaped.Ranges)
        {
            for (var value = low; value <= high; value++)
            {
                if (set.Contains(value))
                {
                    options.Add(Text(Escape(value)));
                }
            }
        }
        return new Character(Or([.. options]));
    }

    /// <summary>A string literal, quotes included.</summary>
    public static string Spell(string text)
    {
        var spelled = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            spelled.Append(Escaped.Contains(rune.Value) ? Escape(rune.Value) : rune.ToString());
        }
        return spelled.Append('"').ToString();
    }

    private static Expression Plain(CodePoints set) => set.Except(Escaped).ToUtf8();

    private static string Escape(int value) => value switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        _ => $"\\u{value:x4}",
    };

    /// <summary>No surrogates, so that no half of a pair stands alone, and no NUL, which databases refuse.</summary>
    private static Expression AnyEscape() => Then(Text("\\"), Or(Any("\"\\/bfnrt"), Then(Text("u"), Or(
        Then(Text("000"), NonZeroHex),
        Then(Text("00"), NonZeroHex, Hex),
        Then(Text("0"), NonZeroHex, Hex, Hex),
        Then(Or(Byte((byte)'1', (byte)'9'), Any("abcefABCEF")), Hex, Hex, Hex),
        Then(Any("dD"), Byte((byte)'0', (byte)'7'), Hex, Hex)))));

    private static Expression Digits(int min, int max) =>
        Then(Byte((byte)'1', (byte)'9'), Times(Byte((byte)'0', (byte)'9'), min - 1, max - 1));

    private static ByteDfa Share(Expression expression) => ByteNfa.Compile(expression, isShared: true)!;
}
