using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>One value of a request, read as what it should be. The first wrong one ends the reading, as OpenAI's own service does.</summary>
/// <remarks>An absent value and a null are the same, as clients write them for one another.</remarks>
internal readonly struct JsonField(JsonElement element, string path)
{
    private const int LongestShown = 40;

    public bool IsAbsent => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsText => element.ValueKind == JsonValueKind.String;

    public bool IsList => element.ValueKind == JsonValueKind.Array;

    public bool IsNumber => element.ValueKind == JsonValueKind.Number;

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    public string Path => path;

    /// <summary>A field of this object; of anything else, an absent one.</summary>
    public JsonField this[string name] => new(
        IsObject && element.TryGetProperty(name, out var value) ? value : default, path.Length == 0 ? name : $"{path}.{name}");

    /// <summary>Says that this value is wrong. The exception is the caller's to throw.</summary>
    public UpstreamException Wrong(string accepted, string? code = null) => new(
        UpstreamFault.Request, OpenAiError.Invalid(IsAbsent
            ? $"'{Name}' is missing; accepted is {accepted}."
            : $"'{Name}' is {Show()}; accepted is {accepted}.", Name, code));

    /// <summary>This value where it must be there.</summary>
    public JsonField Required(string accepted) => IsAbsent ? throw Wrong(accepted) : this;

    public string? Text(string accepted = "a text", int min = 0, int max = int.MaxValue)
    {
        if (IsAbsent)
        {
            return null;
        }

        var text = IsText ? Spell() : throw Wrong(accepted);
        return text.Length < min || text.Length > max ? throw Wrong(accepted) : text;
    }

    public bool? Flag() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => IsAbsent ? null : throw Wrong("true or false"),
    };

    /// <summary>A number from <paramref name="min"/> (above it, if <paramref name="aboveMin"/>) up to <paramref name="max"/>.</summary>
    public double? Number(double min, double max, bool aboveMin = false)
    {
        if (IsAbsent)
        {
            return null;
        }

        var accepted = string.Create(CultureInfo.InvariantCulture, $"a number {(aboveMin ? "above" : "from")} {min} to {max}");
        return IsNumber && element.GetDouble() is var value && value >= min && value <= max && !(aboveMin && value == min)
            ? value
            : throw Wrong(accepted);
    }

    /// <summary>A whole number; 3.0 counts as one, as many clients write it.</summary>
    public long? Integer(long min, long max)
    {
        if (IsAbsent)
        {
            return null;
        }

        var isWhole = TryGetWhole(out var value);
        return isWhole && value >= min && value <= max
            ? value
            : throw Wrong($"a whole number from {min} to {max}");
    }

    public int? Integer32(int min, int max) => (int?)Integer(min, max);

    /// <summary>The items of this list.</summary>
    public IEnumerable<JsonField> Items(string accepted, int min = 0, int max = int.MaxValue)
    {
        var count = IsList ? element.GetArrayLength() : throw Wrong(accepted);
        if (count < min || count > max)
        {
            throw new UpstreamException(
                UpstreamFault.Request, OpenAiError.Invalid($"'{Name}' has {count} items; accepted is {accepted}.", Name));
        }

        return List(element, path);
    }

    /// <summary>The fields of this object.</summary>
    public IEnumerable<(string Name, JsonField Value)> Fields(string accepted) =>
        IsObject ? Members(element, path) : throw Wrong(accepted);

    /// <summary>The value as it stands, whatever it holds.</summary>
    [return: NotNullIfNotNull(nameof(otherwise))]
    public JsonNode? Node(JsonNode? otherwise = null) => element.ValueKind switch
    {
        // Built by hand: of two members with one name the last counts, where the framework's own conversion would fault later.
        JsonValueKind.Object => ToObject(),
        JsonValueKind.Array => new JsonArray([.. List(element, path).Select(item => item.Node())]),
        JsonValueKind.String => JsonValue.Create(Spell()),
        JsonValueKind.True => JsonValue.Create(true),
        JsonValueKind.False => JsonValue.Create(false),
        JsonValueKind.Number => ToNumber(),
        _ => otherwise,
    };

    private string Name => path.Length == 0 ? "body" : path;

    private static IEnumerable<JsonField> List(JsonElement list, string path)
    {
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            yield return new JsonField(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"));
        }
    }

    private static IEnumerable<(string Name, JsonField Value)> Members(JsonElement members, string path)
    {
        foreach (var member in members.EnumerateObject())
        {
            yield return (member.Name, new JsonField(member.Value, $"{path}.{member.Name}"));
        }
    }

    private JsonObject ToObject()
    {
        var copy = new JsonObject();
        foreach (var (name, value) in Members(element, path))
        {
            copy[name] = value.Node();
        }

        return copy;
    }

    private JsonValue ToNumber()
    {
        if (element.TryGetInt64(out var whole))
        {
            return JsonValue.Create(whole);
        }

        return element.GetDouble() is var value && double.IsFinite(value) ? JsonValue.Create(value) : throw Wrong("a number that a double holds");
    }

    private bool TryGetWhole(out long value)
    {
        value = 0;
        if (!IsNumber || element.TryGetInt64(out value))
        {
            return IsNumber;
        }

        var wide = element.GetDouble();
        value = wide is > -9e18 and < 9e18 ? (long)wide : 0;
        return wide == value;
    }

    private string Spell()
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, written as an escape: JSON lets it pass, no text can hold it.
            throw new UpstreamException(
                UpstreamFault.Request, OpenAiError.Invalid($"'{Name}' holds half of a surrogate pair; accepted is valid Unicode.", Name));
        }
    }

    private string Show() => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"'{Cut(Spell())}'",
        JsonValueKind.Number => Cut(element.GetRawText()),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    private static string Cut(string text)
    {
        if (text.Length <= LongestShown)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[LongestShown - 1]) ? LongestShown - 1 : LongestShown;
        return $"{text[..end]}…";
    }
}
