using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Methods of strings.</summary>
internal static class StringMethods
{
    public static readonly BuiltinTable Table = new("string method")
    {
        { "upper", "", static call => new TextValue(Self(call).ToUpperInvariant()) },
        { "lower casefold", "", static call => new TextValue(Self(call).ToLowerInvariant()) },
        { "title", "", static call => new TextValue(CharacterKinds.Title(Self(call))) },
        { "capitalize", "", static call => new TextValue(CharacterKinds.Capitalize(Self(call))) },
        { "swapcase", "", static call => new TextValue(string.Concat(Self(call).Select(SwapCase))) },
        { "strip", "chars?", static call => new TextValue(Splitting.Strip(Self(call), Characters(call), atStart: true, atEnd: true)) },
        { "lstrip", "chars?", static call => new TextValue(Splitting.Strip(Self(call), Characters(call), atStart: true, atEnd: false)) },
        { "rstrip", "chars?", static call => new TextValue(Splitting.Strip(Self(call), Characters(call), atStart: false, atEnd: true)) },
        { "split", "sep? maxsplit?", static call => Splitting.Split(Self(call), Separator(call), call.Integer(1, -1), call.Context) },
        { "rsplit", "sep? maxsplit?", static call => Splitting.SplitFromEnd(Self(call), Separator(call), call.Integer(1, -1), call.Context) },
        { "splitlines", "keepends?", static call => Splitting.Lines(Self(call), call.Flag(0), call.Context) },
        { "partition", "sep", static call => Partition(call, Self(call).IndexOf(Needle(call), StringComparison.Ordinal)) },
        { "rpartition", "sep", static call => Partition(call, Self(call).LastIndexOf(Needle(call), StringComparison.Ordinal)) },
        { "startswith", "prefix start? end?", static call => BooleanValue.Of(Affixes(call).Any(Part(call).StartsWithOrdinal)) },
        { "endswith", "suffix start? end?", static call => BooleanValue.Of(Affixes(call).Any(Part(call).EndsWithOrdinal)) },
        { "removeprefix", "prefix", static call => new TextValue(Self(call).StartsWithOrdinal(call.Text(0)) ? Self(call)[call.Text(0).Length..] : Self(call)) },
        { "removesuffix", "suffix", static call => new TextValue(Self(call).EndsWithOrdinal(call.Text(0)) ? Self(call)[..^call.Text(0).Length] : Self(call)) },
        { "replace", "old new count?", static call => Replacing.Replace(Self(call), call.Text(0), call.Text(1), call.Integer(2, -1), call.Context) },
        { "find", "sub start? end?", static call => new IntegerValue(Searching.Find(call, Self(call), fromEnd: false)) },
        { "rfind", "sub start? end?", static call => new IntegerValue(Searching.Find(call, Self(call), fromEnd: true)) },
        { "index", "sub start? end?", static call => Found(Searching.Find(call, Self(call), fromEnd: false)) },
        { "rindex", "sub start? end?", static call => Found(Searching.Find(call, Self(call), fromEnd: true)) },
        { "count", "sub start? end?", static call => new IntegerValue(Searching.Count(call, Self(call))) },
        { "join", "iterable", static call => Replacing.Join(Self(call), call) },
        { "format", "*", static call => new TextValue(BraceFormat.Apply(Self(call), call.More, call.Context)) },
        { "zfill", "width", static call => Padding.ZeroFill(Self(call), call.Integer(0), call.Context) },
        { "center", "width fillchar?", static call => Padding.Center(Self(call), call.Integer(0), Fill(call), call.Context) },
        { "ljust", "width fillchar?", static call => Padding.Pad(Self(call), call.Integer(0), Fill(call), atStart: false, call.Context) },
        { "rjust", "width fillchar?", static call => Padding.Pad(Self(call), call.Integer(0), Fill(call), atStart: true, call.Context) },
        { "isdigit isdecimal isnumeric", "", static call => BooleanValue.Of(CharacterKinds.IsAll(Self(call), CharacterKinds.IsDigit)) },
        { "isalpha", "", static call => BooleanValue.Of(CharacterKinds.IsAll(Self(call), CharacterKinds.IsAlpha)) },
        { "isalnum", "", static call => BooleanValue.Of(CharacterKinds.IsAll(Self(call), static rune => CharacterKinds.IsAlpha(rune) || CharacterKinds.IsDigit(rune))) },
        { "isspace", "", static call => BooleanValue.Of(CharacterKinds.IsAll(Self(call), CharacterKinds.IsSpace)) },
        { "isupper", "", static call => BooleanValue.Of(CharacterKinds.IsUpper(Self(call))) },
        { "islower", "", static call => BooleanValue.Of(CharacterKinds.IsLower(Self(call))) },
    };

    private static string Self(Invocation call) => ((TextValue)call.Subject).Text;

    private static string? Characters(Invocation call) => call.Has(0) ? call.Text(0) : null;

    private static string? Separator(Invocation call) => call.Has(0) ? Needle(call) : null;

    private static string Needle(Invocation call) =>
        call.Text(0) is { Length: > 0 } text ? text : throw new ChatTemplateException($"The {call.Title} needs a separator that is not empty.");

    private static string Fill(Invocation call) => call.Text(1, " ") is var fill && CodePoints.Count(fill) == 1
        ? fill : throw new ChatTemplateException($"The {call.Title} fills with one character.");

    private static char SwapCase(char unit) => char.IsUpper(unit) ? char.ToLowerInvariant(unit) : char.ToUpperInvariant(unit);

    private static string Part(Invocation call) => Searching.Window(call, Self(call)).Text;

    private static string[] Affixes(Invocation call) => call[0] is TupleValue tuple
        ? [.. tuple.Items.Select(item => item is TextValue text ? text.Text : throw call.Wrong(item, "text"))]
        : [call.Text(0)];

    private static IntegerValue Found(int index) =>
        index >= 0 ? new(index) : throw new ChatTemplateException("The text does not hold the part whose index was asked for.");

    private static TupleValue Partition(Invocation call, int at)
    {
        var (self, separator) = (Self(call), call.Text(0));
        string[] parts = at >= 0 ? [self[..at], separator, self[(at + separator.Length)..]]
            : call.Title.Contains("rpartition", StringComparison.Ordinal) ? ["", "", self] : [self, "", ""];
        return new([.. parts.Select(static part => (Value)new TextValue(part))]);
    }

    private static bool StartsWithOrdinal(this string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal);

    private static bool EndsWithOrdinal(this string text, string suffix) => text.EndsWith(suffix, StringComparison.Ordinal);
}
