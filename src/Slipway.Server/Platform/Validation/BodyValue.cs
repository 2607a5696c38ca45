using System.Globalization;
using System.Text.Json;

namespace Slipway.Server.Platform.Validation;

/// <summary>One value of a body, read as what it should be.</summary>
/// <remarks>
/// Each reader gives null for an absent value, and for a wrong one after noting the fault: reading goes on, so that a body's
/// faults are reported together. What is built from a body with faults is thrown away.
/// </remarks>
internal readonly struct BodyValue(JsonElement element, BodyPath path, FaultList faults)
{
    /// <summary>Not sent at all, or sent as null.</summary>
    public bool IsAbsent => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsList => element.ValueKind is JsonValueKind.Array;

    public bool IsText => element.ValueKind is JsonValueKind.String;

    /// <summary>Text of <paramref name="min"/> to <paramref name="max"/> characters: code points, as JSON Schema and other languages count.</summary>
    public string? Text(int min = 0, int max = int.MaxValue, bool mayBeBlank = true)
    {
        if (IsAbsent)
        {
            return null;
        }

        if (!TryGetText(out var text))
        {
            return Refuse<string>("str type expected", FaultTypes.String);
        }

        if (text.Length < min)
        {
            return Refuse<string>($"ensure this value has at least {min} characters", FaultTypes.MinLength);
        }

        if (!mayBeBlank && string.IsNullOrWhiteSpace(text))
        {
            return Refuse<string>("ensure this value has at least 1 characters that are not blank", FaultTypes.MinLength);
        }

        return IsLonger(text, max)
            ? Refuse<string>($"ensure this value has at most {max} characters", FaultTypes.MaxLength)
            : text;
    }

    /// <summary>
    /// Text of up to <paramref name="max"/> characters that a database and a terminal can take: without control characters, and
    /// not blank. With <paramref name="mayBreak"/> it may be empty, and hold tabs and line breaks.
    /// </summary>
    public string? Line(int max, bool mayBreak = false) =>
        Text(min: mayBreak ? 0 : 1, max: max, mayBeBlank: mayBreak) is not { } text ? null
        : text.Any(letter => char.IsControl(letter) && !(mayBreak && letter is ('\t' or '\n' or '\r')))
            ? Refuse<string>("control characters are not accepted here", FaultTypes.Const)
            : text;

    /// <summary>One of the <paramref name="permitted"/> texts, spelled exactly so.</summary>
    public string? OneOf(params ReadOnlySpan<string> permitted)
    {
        if (Text() is not { } text)
        {
            return null;
        }

        if (permitted.Contains(text))
        {
            return text;
        }

        var list = string.Join(", ", permitted.ToArray().Select(value => $"'{value}'"));
        return Refuse<string>($"unexpected value; permitted: {list}", FaultTypes.Const);
    }

    public bool? Flag() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => RefuseUnlessAbsent<bool>("value is not a valid boolean", FaultTypes.Bool),
    };

    /// <summary>A whole number; 3.0 counts as one, as many clients write it.</summary>
    public long? Integer(long min, long max)
    {
        if (element.ValueKind != JsonValueKind.Number)
        {
            return RefuseUnlessAbsent<long>("value is not a valid integer", FaultTypes.Integer);
        }

        if (element.TryGetInt64(out var value))
        {
            return value < min ? RefuseBelow<long>($"or equal to {min}") : value > max ? RefuseAbove<long>(max) : value;
        }

        var wide = element.GetDouble();
        if (double.IsFinite(wide) && wide != Math.Floor(wide))
        {
            return RefuseValue<long>("value is not a valid integer", FaultTypes.Integer);
        }

        return wide < min ? RefuseBelow<long>($"or equal to {min}")
            : wide > max ? RefuseAbove<long>(max)
            : wide >= long.MaxValue ? long.MaxValue
            : (long)wide;
    }

    /// <summary>A whole number that fits 32 bits.</summary>
    public int? Integer32(int min, int max) => (int?)Integer(min, max);

    /// <summary>A number from <paramref name="min"/> (above it, if <paramref name="aboveMin"/>) up to <paramref name="max"/>.</summary>
    public double? Number(double min, double max, bool aboveMin = false)
    {
        if (element.ValueKind != JsonValueKind.Number)
        {
            return RefuseUnlessAbsent<double>("value is not a valid float", FaultTypes.Float);
        }

        var value = element.GetDouble();
        if (value < min || (aboveMin && value == min))
        {
            return RefuseBelow<double>(string.Create(CultureInfo.InvariantCulture, $"{(aboveMin ? "" : "or equal to ")}{min}"));
        }

        return value > max ? RefuseAbove<double>(max) : value;
    }

    /// <summary>A list whose items <paramref name="read"/> reads one by one.</summary>
    public IReadOnlyList<T>? List<T>(Func<BodyValue, T?> read, int min = 0, int max = int.MaxValue)
        where T : class
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            return IsAbsent ? null : Refuse<IReadOnlyList<T>>("value is not a valid list", FaultTypes.List);
        }

        var count = element.GetArrayLength();
        if (count < min)
        {
            return Refuse<IReadOnlyList<T>>($"ensure this value has at least {min} items", FaultTypes.MinItems);
        }

        // The items of an overlong list are not looked at: a fault for each would make the answer larger than the body.
        return count > max
            ? Refuse<IReadOnlyList<T>>($"ensure this value has at most {max} items", FaultTypes.MaxItems)
            : Items(read, count);
    }

    /// <summary>An object whose fields <paramref name="read"/> reads.</summary>
    public T? Object<T>(Func<BodyObject, T> read)
        where T : class
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return IsAbsent ? null : Refuse<T>("value is not a valid dict", FaultTypes.Dict);
        }

        return read(new BodyObject(element, path, faults));
    }

    /// <summary>A text, or a number or a truth value as it is written.</summary>
    public string? Written(int max) =>
        element.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? element.GetRawText() : Text(max: max);

    /// <summary>An object with names of the sender's choice, at most <paramref name="max"/>, whose values <paramref name="read"/> reads.</summary>
    public IReadOnlyDictionary<string, string>? Map(int max, Func<string, BodyValue, string?> read) =>
        Pairs(max) is not { } pairs ? null : Filled(pairs, read, text => text);

    /// <inheritdoc cref="Map(int, Func{string, BodyValue, string})"/>
    public IReadOnlyDictionary<string, double>? Map(int max, Func<string, BodyValue, double?> read) =>
        Pairs(max) is not { } pairs ? null : Filled<double[], double>(pairs, (name, value) => read(name, value) is { } number ? [number] : null, boxed => boxed[0]);

    /// <summary>An object of the caller's own, kept as it is; at most <paramref name="max"/> UTF-16 units of JSON.</summary>
    public JsonElement? Whole(int max)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return RefuseUnlessAbsent<JsonElement>("value is not a valid dict", FaultTypes.Dict);
        }

        return element.GetRawText().Length > max
            ? RefuseValue<JsonElement>($"ensure this value has at most {max} characters", FaultTypes.MaxLength)
            : element.Clone();
    }

    /// <summary>Notes a fault of this value that only the caller can see.</summary>
    public T? RefuseValue<T>(string message, string type)
        where T : struct
    {
        faults.Add(path, message, type);
        return null;
    }

    /// <inheritdoc cref="RefuseValue{T}"/>
    public T? Refuse<T>(string message, string type)
        where T : class
    {
        faults.Add(path, message, type);
        return null;
    }

    private List<T> Items<T>(Func<BodyValue, T?> read, int count)
        where T : class
    {
        var items = new List<T>(count);
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            var value = new BodyValue(item, path.Then(index++), faults);
            if (value.IsAbsent)
            {
                // A hole in a list is not an absent field: it stands where an item must be.
                faults.Add(path.Then(index - 1), "none is not an allowed value", FaultTypes.Missing);
            }
            else if (read(value) is { } read1)
            {
                items.Add(read1);
            }
        }

        return items;
    }

    private bool TryGetText(out string text)
    {
        text = string.Empty;
        if (element.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, written as an escape: JSON lets it pass, no text can hold it.
            return false;
        }
    }

    /// <summary>A character takes one UTF-16 unit or two: most texts need not be counted.</summary>
    private static bool IsLonger(string text, int max) =>
        text.Length > max && (text.Length > 2L * max || text.EnumerateRunes().Count() > max);

    private T? RefuseUnlessAbsent<T>(string message, string type)
        where T : struct => IsAbsent ? null : RefuseValue<T>(message, type);

    private T? RefuseBelow<T>(string bound)
        where T : struct => RefuseValue<T>($"ensure this value is greater than {bound}", FaultTypes.NotGe);

    private T? RefuseAbove<T>(double max)
        where T : struct =>
        RefuseValue<T>(string.Create(CultureInfo.InvariantCulture, $"ensure this value is less than or equal to {max}"), FaultTypes.NotLe);

    private IEnumerable<(string Name, BodyValue Value)>? Pairs(int max)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return IsAbsent ? null : Refuse<IEnumerable<(string, BodyValue)>>("value is not a valid dict", FaultTypes.Dict);
        }
        var (at, list) = (path, faults);
        var count = element.GetPropertyCount();
        return count > max
            ? Refuse<IEnumerable<(string, BodyValue)>>($"ensure this value has at most {max} items", FaultTypes.MaxItems)
            : element.EnumerateObject().Select(pair => (pair.Name, new BodyValue(pair.Value, at.Then(pair.Name), list)));
    }

    private static Dictionary<string, TValue> Filled<TRead, TValue>(
        IEnumerable<(string Name, BodyValue Value)> pairs, Func<string, BodyValue, TRead?> read, Func<TRead, TValue> unwrap)
        where TRead : class
    {
        var map = new Dictionary<string, TValue>(StringComparer.Ordinal);
        foreach (var (name, value) in pairs)
        {
            if (value.IsAbsent)
            {
                value.Refuse<string>("none is not an allowed value", FaultTypes.Missing);
            }
            else if (read(name, value) is { } one)
            {
                map[name] = unwrap(one);
            }
        }
        return map;
    }
}
