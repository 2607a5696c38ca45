namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Every filter by name; the work is done in the types beside this one, by topic.</summary>
internal static class Filters
{
    public static readonly BuiltinTable Table = new("filter")
    {
        // Text
        { "capitalize", "", TextFilters.Capitalize },
        { "center", "width?", TextFilters.Center },
        { "e escape", "", TextFilters.Escape },
        { "format", "*", TextFilters.Format },
        { "indent", "width? first? blank?", TextFilters.Indent },
        { "lower", "", TextFilters.Lower },
        { "replace", "old new count?", TextFilters.Replace },
        { "safe string", "", TextFilters.AsText },
        { "striptags", "", TextFilters.StripTags },
        { "title", "", TextFilters.Title },
        { "trim", "chars?", TextFilters.Trim },
        { "truncate", "length? killwords? end? leeway?", TextFilters.Truncate },
        { "upper", "", TextFilters.Upper },
        { "urlencode", "", UrlEncoding.Encode },
        { "wordcount", "", TextFilters.CountWords },

        // Numbers and single values
        { "abs", "", NumberFilters.Absolute },
        { "attr", "name", ValueFilters.Attribute },
        { "count length", "", ValueFilters.Length },
        { "d default", "default_value? boolean?", ValueFilters.Default },
        { "float", "default?", Conversions.ToFloat },
        { "int", "default? base?", Conversions.ToInteger },
        { "random", "", ValueFilters.RefuseRandom },
        { "round", "precision? method?", NumberFilters.Round },
        { "tojson", "ensure_ascii? indent? separators? sort_keys?", JsonOutput.Write },

        // Sequences
        { "batch", "linecount fill_with?", SequenceFilters.Batch },
        { "dictsort", "case_sensitive? by? reverse?", OrderFilters.SortDict },
        { "first", "", SequenceFilters.First },
        { "groupby", "attribute default? case_sensitive?", OrderFilters.GroupBy },
        { "items", "", SequenceFilters.Items },
        { "join", "d? attribute?", SequenceFilters.Join },
        { "last", "", SequenceFilters.Last },
        { "list", "", SequenceFilters.List },
        { "map", "*", SelectionFilters.Map },
        { "max", "case_sensitive? attribute?", OrderFilters.Largest },
        { "min", "case_sensitive? attribute?", OrderFilters.Smallest },
        { "reject", "*", SelectionFilters.Reject },
        { "rejectattr", "*", SelectionFilters.RejectByAttribute },
        { "reverse", "", SequenceFilters.Reverse },
        { "select", "*", SelectionFilters.Select },
        { "selectattr", "*", SelectionFilters.SelectByAttribute },
        { "slice", "slices fill_with?", SequenceFilters.Slice },
        { "sort", "reverse? case_sensitive? attribute?", OrderFilters.Sort },
        { "sum", "attribute? start?", NumberFilters.Sum },
        { "unique", "case_sensitive? attribute?", OrderFilters.Unique },
    };
}
