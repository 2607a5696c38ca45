using System.Text.Json;
using Slipway.Client.Datasets;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>Recognises the form of a file's records and checks each by the rules that trainers have for it.</summary>
internal sealed class RecordCheck
{
    private static readonly string[] Prompts = ["instruction", "prompt", "query", "question"];
    private static readonly string[] Responses = ["output", "response", "completion", "answer"];
    private static readonly string[] Lists = ["conversations", "messages"];

    private readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal);

    /// <summary>One of <see cref="RecordFormats"/>, of the first record that has one; null before.</summary>
    public string? Format { get; private set; }

    /// <summary>How the prompt is written, where the format leaves that open: as in alpaca, sharegpt or openai.</summary>
    public string? Style { get; private set; }

    /// <summary>Which key holds what, in the words of LLaMA-Factory's <c>columns</c>.</summary>
    public IReadOnlyDictionary<string, string> Columns => _columns;

    /// <summary>Whether a turn calls a tool in OpenAI's way.</summary>
    public bool HasToolCalls { get; private set; }

    /// <summary>What is wrong with a record, if anything, and whether it holds a turn that says nothing.</summary>
    public (string? Fault, bool HasEmptyTurn) Look(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object)
        {
            return ($"The record is {NameOf(record.ValueKind)}; a record is an object.", false);
        }
        var (format, style) = FormOf(record);
        if (format == RecordFormats.Unknown)
        {
            return ("The record has none of the known forms: instruction and output, conversations, messages, or text.", false);
        }
        (Format, Style) = (Format ?? format, Style ?? style);
        if (format != Format || style != Style)
        {
            return ($"The record has the form {format}, but the file's first ones have {Format}.", false);
        }
        var verdict = Style switch
        {
            RecordFormats.Text => LookAtText(record),
            RecordFormats.Alpaca => LookAtPrompt(record),
            _ => LookAtConversation(record),
        };
        return verdict.Fault is null && LookAtRest(record) is { } fault ? (fault, verdict.HasEmptyTurn) : verdict;
    }

    private static (string Format, string Style) FormOf(JsonElement record)
    {
        var style = Array.Exists(Lists, key => Has(record, key)) ? StyleOf(record)
            : Array.Exists(Prompts, key => Has(record, key)) ? RecordFormats.Alpaca
            : Has(record, "text") ? RecordFormats.Text
            : RecordFormats.Unknown;
        return style is RecordFormats.Unknown or RecordFormats.Text ? (style, style)
            : Has(record, "chosen") && Has(record, "rejected") ? (RecordFormats.Preference, style)
            : Has(record, "kto_tag") ? (RecordFormats.Kto, style)
            : style == RecordFormats.Alpaca && !Has(record, Prompts[0]) && !Array.Exists(Responses, key => Has(record, key))
            ? (RecordFormats.Unknown, RecordFormats.Unknown)
            : (style, style);
    }

    private static string StyleOf(JsonElement record)
    {
        var key = KeyOf(record, Lists);
        var list = record.GetProperty(key);
        var first = list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().FirstOrDefault() : default;
        return first.ValueKind != JsonValueKind.Object
            ? key == Lists[0] ? RecordFormats.ShareGpt : RecordFormats.OpenAi
            : first.TryGetProperty("role"u8, out _) ? RecordFormats.OpenAi : RecordFormats.ShareGpt;
    }

    private (string? Fault, bool HasEmptyTurn) LookAtText(JsonElement record)
    {
        _columns["prompt"] = "text";
        return TextFault(record, "text", mayBeAbsent: false) is { } fault ? (fault, false) : (null, IsBlank(record, "text"));
    }

    private (string? Fault, bool HasEmptyTurn) LookAtPrompt(JsonElement record)
    {
        var prompt = KeyOf(record, Prompts);
        var fault = Note("prompt", prompt) ?? TextFault(record, prompt, mayBeAbsent: false) ?? Optional(record, "query", "input")
            ?? HistoryFault(record);
        var isEmpty = fault is null && IsBlank(record, prompt) && IsBlank(record, "input");
        if (fault is null && Format != RecordFormats.Preference)
        {
            var response = KeyOf(record, Responses);
            fault = Note("response", response) ?? TextFault(record, response, mayBeAbsent: false);
            isEmpty |= fault is null && IsBlank(record, response);
        }
        return (fault, isEmpty);
    }

    private (string? Fault, bool HasEmptyTurn) LookAtConversation(JsonElement record)
    {
        var key = KeyOf(record, Lists);
        if (Note("messages", key) is { } other)
        {
            return (other, false);
        }
        var turns = Style == RecordFormats.OpenAi ? TurnWords.OpenAi : TurnWords.ShareGpt;
        var (fault, hasEmpty, callsTools) = ConversationCheck.Look(record.GetProperty(key), key, turns, endsWithPrompt: Format == RecordFormats.Preference);
        HasToolCalls |= callsTools;
        return (fault, hasEmpty);
    }

    /// <summary>What may stand beside every form.</summary>
    private string? LookAtRest(JsonElement record) =>
        Style == RecordFormats.Text ? null
        : Optional(record, "system", "system") ?? Optional(record, "tools", "tools")
        ?? Format switch
        {
            RecordFormats.Preference => PreferenceFault(record, "chosen") ?? PreferenceFault(record, "rejected"),
            RecordFormats.Kto => KtoFault(record),
            _ => null,
        };

    private string? PreferenceFault(JsonElement record, string key)
    {
        _columns[key] = key;
        if (Style == RecordFormats.Alpaca)
        {
            return TextFault(record, key, mayBeAbsent: false);
        }
        var words = Style == RecordFormats.OpenAi ? TurnWords.OpenAi : TurnWords.ShareGpt;
        return ConversationCheck.IsAnswer(record.GetProperty(key), words)
            ? null
            : $"'{key}' is no turn by '{words.Assistant}': an object with '{words.Role}' and '{words.Content}'.";
    }

    private string? KtoFault(JsonElement record)
    {
        _columns["kto_tag"] = "kto_tag";
        return record.GetProperty("kto_tag").ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "'kto_tag' is neither true nor false.";
    }

    private string? HistoryFault(JsonElement record)
    {
        if (!Has(record, "history"))
        {
            return null;
        }
        _columns["history"] = "history";
        var history = record.GetProperty("history");
        return history.ValueKind == JsonValueKind.Array && history.EnumerateArray().All(IsPair)
            ? null
            : "'history' is no list of pairs of texts: [[question, answer], …].";

        static bool IsPair(JsonElement pair) => pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            && pair.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String);
    }

    private string? Optional(JsonElement record, string column, string key)
    {
        if (!Has(record, key))
        {
            return null;
        }
        _columns[column] = key;
        return TextFault(record, key, mayBeAbsent: true);
    }

    private string? Note(string column, string key)
    {
        if (_columns.TryAdd(column, key) || _columns[column] == key)
        {
            return null;
        }
        return $"The record has '{key}' where the file's first ones have '{_columns[column]}'.";
    }

    private static string? TextFault(JsonElement record, string key, bool mayBeAbsent) =>
        !record.TryGetProperty(key, out var value) ? mayBeAbsent ? null : $"'{key}' is missing."
        : value.ValueKind == JsonValueKind.String || (mayBeAbsent && value.ValueKind == JsonValueKind.Null) ? null
        : $"'{key}' is {NameOf(value.ValueKind)}; a text is needed.";

    private static bool IsBlank(JsonElement record, string key) =>
        !record.TryGetProperty(key, out var value) || value.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(value.GetString());

    private static bool Has(JsonElement record, string key) =>
        record.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    // The first of these keys that is there; where none is, the one that is usual.
    private static string KeyOf(JsonElement record, string[] keys) => Array.Find(keys, key => Has(record, key)) ?? keys[0];

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
