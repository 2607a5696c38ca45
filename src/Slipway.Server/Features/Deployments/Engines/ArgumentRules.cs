using System.Globalization;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>How a program takes its command line apart.</summary>
internal enum ArgumentStyle
{
    /// <summary>
    /// Python's argparse: <c>--port=1</c> and <c>--port 1</c>, any beginning of a long flag, and no value that begins with <c>-</c>
    /// but a negative number. vLLM also reads <c>_</c> as <c>-</c>, and <c>--a.b</c> as a part of <c>--a</c>.
    /// </summary>
    Argparse,

    /// <summary>llama.cpp: whole flags, each value a word of its own; <c>_</c> is read as <c>-</c>.</summary>
    LlamaCpp,
}

/// <summary>Flags that users may not give.</summary>
/// <param name="Remedy">Why, and what to do instead; ends the sentence.</param>
/// <param name="Names">As the program's manual writes them; a <c>*</c> at the end stands for any rest.</param>
internal sealed record RefusedFlags(string Remedy, params string[] Names);

/// <summary>A flag whose number decides where a server is placed.</summary>
/// <param name="Least">The smallest that is accepted.</param>
/// <param name="Most">The largest.</param>
/// <param name="IsWhole">Whether it counts something.</param>
/// <param name="Names">All its spellings; the first one is shown.</param>
internal sealed record NumberFlag(double Least, double Most, bool IsWhole, params string[] Names);

/// <summary>What of one program's arguments users may choose, and what those mean for its placement.</summary>
internal sealed class ArgumentRules(string program, ArgumentStyle style, RefusedFlags[] refused, NumberFlag[] numbers)
{
    private const int LongestShown = 80;

    // A flag that is there in full is no abbreviation of a longer one.
    private readonly HashSet<string> _whole =
        [.. refused.SelectMany(flags => flags.Names).Concat(numbers.SelectMany(flag => flag.Names))];

    /// <summary>What is wrong with the arguments, the flag and the remedy named; null when nothing is.</summary>
    public string? FaultOf(IReadOnlyList<string> words) =>
        words.Select((_, at) => FaultAt(words, at)).FirstOrDefault(fault => fault is not null)
        ?? numbers.Select(flag => FaultOf(flag, words)).FirstOrDefault(fault => fault is not null);

    /// <summary>The number that holds, which is the last one; the fallback where none is given.</summary>
    public double Number(IReadOnlyList<string> words, NumberFlag flag, double fallback) =>
        LastValue(words, flag.Names) is { } text && Parse(flag, text) is { } number ? number : fallback;

    /// <summary>As <see cref="Number"/>, of a flag that counts; 1 where none is given.</summary>
    public int Count(IReadOnlyList<string> words, NumberFlag flag) => (int)Number(words, flag, 1);

    /// <summary>The value that holds of a flag; null where it is not given, empty where it has none.</summary>
    public string? LastValue(IReadOnlyList<string> words, params string[] names)
    {
        for (var at = words.Count - 1; at >= 0; at--)
        {
            if (IsFlag(words[at]) && names.Any(name => Means(NameOf(words[at]), name)))
            {
                return ValueAt(words, at);
            }
        }
        return null;
    }

    /// <summary>A user's word as a message may show it.</summary>
    public static string Shorten(string word) => word.Length <= LongestShown ? word : string.Concat(word.AsSpan(0, LongestShown), "…");

    private string? FaultAt(IReadOnlyList<string> words, int at)
    {
        var word = words[at];
        if (word == "--")
        {
            return $"'--' is not accepted: {program} would take what follows it for models.";
        }
        if (!IsFlag(word))
        {
            // What follows a flag may be its value; only where no flag can want it is it certainly none.
            return at == 0 || (style is ArgumentStyle.Argparse && IsFlag(words[at - 1]) && words[at - 1].Contains('=', StringComparison.Ordinal))
                ? $"'{Shorten(word)}' stands without a flag, where {program} would take it for a model; accepted are flags and their values, "
                    + "and the model is named with model_path."
                : null;
        }
        var name = NameOf(word);
        foreach (var flags in refused)
        {
            if (flags.Names.FirstOrDefault(flag => Means(name, flag)) is { } meant)
            {
                var shown = name == meant ? $"'{name}'" : $"'{Shorten(name)}', which {program} reads as '{meant}',";
                return $"{shown} is not accepted: {flags.Remedy}.";
            }
        }
        return null;
    }

    private string? FaultOf(NumberFlag flag, IReadOnlyList<string> words) =>
        LastValue(words, flag.Names) is not { } text || Parse(flag, text) is not null ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{flag.Names[0]} is '{Shorten(text)}'; accepted is a {(flag.IsWhole ? "whole " : "")}number from {flag.Least} to {flag.Most}.");

    private static double? Parse(NumberFlag flag, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number >= flag.Least && number <= flag.Most && (!flag.IsWhole || double.IsInteger(number))
            ? number
            : null;

    // A template or a JSON text may begin with '-': argparse takes what holds a blank for a value, unless it knows what is before '='.
    private bool IsFlag(string word) =>
        word.Length > 1 && word[0] == '-' && !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
        && (style is not ArgumentStyle.Argparse || !NameOf(word).Contains(' ', StringComparison.Ordinal));

    private static string NameOf(string word)
    {
        var end = word.AsSpan().IndexOfAny('=', '.');
        var name = end < 0 ? word : word[..end];
        return name.StartsWith("--", StringComparison.Ordinal) ? name.Replace('_', '-') : name;
    }

    private string ValueAt(IReadOnlyList<string> words, int at) =>
        words[at].IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals ? words[at][(equals + 1)..]
        : at + 1 < words.Count && !IsFlag(words[at + 1]) ? words[at + 1]
        : "";

    private bool Means(string name, string flag) =>
        flag.EndsWith('*')
            ? name.StartsWith(flag[..^1], StringComparison.Ordinal) || Abbreviates(name, flag[..^1])
            : name == flag || (!_whole.Contains(name) && Abbreviates(name, flag));

    private bool Abbreviates(string name, string flag) =>
        style is ArgumentStyle.Argparse && name.Length > 1 && name.Length < flag.Length && flag.StartsWith(name, StringComparison.Ordinal);
}
