namespace Slipway.Engine.Constraints.Automata;

/// <summary>The classes and control characters that ECMA 262 gives letters to.</summary>
internal static class RegexClasses
{
    private static readonly CodePoints Digits = CodePoints.Of(('0', '9'));

    private static readonly CodePoints Words = CodePoints.Of(('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_'));

    private static readonly CodePoints Spaces = CodePoints.Of(
        ('\t', '\r'), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
        (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF));

    /// <summary>Everything but the ends of lines.</summary>
    public static CodePoints Dot { get; } = CodePoints.Of("\n\r\u2028\u2029").Inverse();

    /// <summary>What a backslash before this letter stands for; null when it is not one of these.</summary>
    public static CodePoints? Find(int letter) => letter switch
    {
        'd' => Digits,
        'D' => Digits.Inverse(),
        'w' => Words,
        'W' => Words.Inverse(),
        's' => Spaces,
        'S' => Spaces.Inverse(),
        'n' => CodePoints.Of("\n"),
        'r' => CodePoints.Of("\r"),
        't' => CodePoints.Of("\t"),
        'f' => CodePoints.Of("\f"),
        'v' => CodePoints.Of("\v"),
        _ => null,
    };
}
