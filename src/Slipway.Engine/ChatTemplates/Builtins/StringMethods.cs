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
        { "rsplit", "sep? maxsplit?", SplitFromEnd },
        { "splitlines", "keepends?", static call => Splitting.Lines(Self(call), call.Flag(0), call.Context) },
        { "partition", "sep", static call => Partition(call, fromEnd: false) },
        { "rpartition", "sep", static call => Partition(call, fromEnd: true) },
        { "startswith", "prefix start? end?", static call => BooleanValue.Of(Affixes(call).Any(Part(call).StartsWithOrdinal)) },
        { "endswith", "suffix start? end?", static call => BooleanValue.Of(Affixes(call).Any(Part(call).EndsWithOrdinal)) },
        { "removeprefix", "prefix", RemovePrefix },
        { "removesuffix", "suffix", RemoveSuffix },
        { "replace", "old new count?", Replace },
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
        { "isalnum", "", static call => BooleanValue.Of(CharacterKinds.IsAll(Self(call), CharacterKinds.IsAlphaOrDigit)) },
        { "isspace", "", static call => BooleanValue.Of(CharacterKinds.IsAll(Self(call), CharacterKinds.IsSpace)) },
        { "isupper", "", static call => BooleanValue.Of(CharacterKinds.IsUpper(Self(call))) },
        { "islower", "", static call => BooleanValue.Of(CharacterKinds.IsLower(Self(call))) },
    };

    private static string Self(Invocation call) => ((TextValue)call.Subject).Text;

    private static string? Characters(Invocation call) => call.Has(0) ? call.Text(0) : null;

    private static string? Separator(Invocation call) => call.Has(0) ? Needle(call) : null;

    private static string Needle(Invocation call) => call.Text(0) is { Length: > 0 } text
        ? text
        : throw new ChatTemplateException($"The {call.Title} needs a separator that is not empty.");

    private static string Fill(Invocation call) => call.Text(1, " ") is var fill && CodePoints.Count(fill) == 1
        ? fill : throw new ChatTemplateException($"The {call.Title} fills with one character.");

    private static char SwapCase(char unit) =>
        char.IsUpper(unit) ? char.ToLowerInvariant(unit) : char.ToUpperInvariant(unit);

    private static string Part(Invocation call) => Searching.Window(call, Self(call)).Text;

    private static IEnumerable<string> Affixes(Invocation call)
    {
        if (call[0] is not TupleValue tuple)
        {
            return [call.Text(0)];
        }

        return tuple.Items.Select(item =>
        {
            var affix = (item as TextValue)?.Text ?? throw call.Wrong(item, "text");
            call.Context.ChargeText(affix.Length);
            return affix;
        });
    }

    private static IntegerValue Found(int index) =>
        index >= 0 ? new(index) : throw new ChatTemplateException("The text does not hold the part whose index was asked for.");

    private static ListValue SplitFromEnd(Invocation call) =>
        Splitting.SplitFromEnd(Self(call), Separator(call), call.Integer(1, -1), call.Context);

    private static TextValue RemovePrefix(Invocation call) =>
        new(Self(call).StartsWithOrdinal(call.Text(0)) ? Self(call)[call.Text(0).Length..] : Self(call));

    private static TextValue RemoveSuffix(Invocation call) =>
        new(Self(call).EndsWithOrdinal(call.Text(0)) ? Self(call)[..^call.Text(0).Length] : Self(call));

    private static TextValue Replace(Invocation call) =>
        Replacing.Replace(Self(call), call.Text(0), call.Text(1), call.Integer(2, -1), call.Context);

    private static TupleValue Partition(Invocation call, bool fromEnd)
    {
        var (self, separator) = (Self(call), Needle(call));
        call.Context.ChargeSearch(self, separator);
        var at = fromEnd ? self.LastIndexOf(separator, StringComparison.Ordinal) : self.IndexOf(separator, StringComparison.Ordinal);
        string[] parts = at >= 0 ? [self[..at], separator, self[(at + separator.Length)..]]
            : fromEnd ? ["", "", self] : [self, "", ""];
        return new([.. parts.Select(static part => (Value)new TextValue(part))]);
    }

    private static bool StartsWithOrdinal(this string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal);

    private static bool EndsWithOrdinal(this string text, string suffix) => text.EndsWith(suffix, StringComparison.Ordinal);
}
