using System.Text;
using System.Text.Json;

namespace Slipway.Server.Platform.Yaml;

/// <summary>
/// Reads JSON as the values of YAML, with their places: one check serves files of both kinds. YAML's own reader would not do: it
/// stumbles over tabs and over letters that JSON escapes as two halves. Comments and trailing commas are let pass.
/// </summary>
internal ref struct JsonValues
{
    private const int MostValues = 100_000;
    private const int DeepestNesting = 32;

    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;
    private int _values;

    // How far lines and columns are counted: each byte is looked at once.
    private int _counted;
    private int _line = 1;
    private int _column = 1;

    private JsonValues(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = DeepestNesting,
        });
    }

    /// <summary>Reads a whole file, at most <paramref name="largest"/> bytes of it.</summary>
    /// <returns>The document's value and null, or null and what is wrong. An empty text is a null value without a fault.</returns>
    public static (YamlValue? Value, YamlFault? Fault) Read(ReadOnlySpan<byte> bytes, int largest)
    {
        var (text, fault) = YamlFile.Decode(bytes, largest);
        if (fault is not null || string.IsNullOrWhiteSpace(text))
        {
            return (null, fault);
        }
        var values = new JsonValues(Encoding.UTF8.GetBytes(text));
        try
        {
            values._reader.Read();
            var value = values.ReadValue();
            values._reader.Read(); // Anything behind it is a fault of the reader's own.
            return (value, null);
        }
        catch (JsonException exception)
        {
            return (null, Fault(new((int)(exception.LineNumber ?? 0) + 1, (int)(exception.BytePositionInLine ?? 0) + 1), $"this is not JSON: {Reason(exception)}"));
        }
        catch (InvalidOperationException)
        {
            return (null, Fault(values.Here(), "this is not JSON: a text holds half of a letter"));
        }
        catch (RefusedException refusal)
        {
            return (null, refusal.Fault);
        }
    }

    private YamlValue ReadValue()
    {
        var place = Here();
        if (++_values > MostValues)
        {
            throw new RefusedException(Fault(place, $"there are more than {MostValues} values"));
        }
        return _reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadMap(place),
            JsonTokenType.StartArray => ReadList(place),
            JsonTokenType.String => new YamlText(place, _reader.GetString()!, IsQuoted: true),
            _ => new YamlText(place, Encoding.UTF8.GetString(_reader.ValueSpan), IsQuoted: false),
        };
    }

    private YamlList ReadList(YamlPlace place)
    {
        List<YamlValue> items = [];
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue());
        }
        return new YamlList(place, items);
    }

    private YamlMap ReadMap(YamlPlace place)
    {
        List<KeyValuePair<string, YamlValue>> entries = [];
        Dictionary<string, YamlPlace> places = new(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var key = _reader.GetString()!;
            var at = Here();
            if (!places.TryAdd(key, at))
            {
                throw new RefusedException(Fault(
                    at, $"the key '{YamlReader.Shorten(key)}' stands here for the second time; the first is in line {places[key].Line}"));
            }
            _reader.Read();
            entries.Add(new(key, ReadValue()));
        }
        return new YamlMap(place, entries);
    }

    private YamlPlace Here()
    {
        var start = (int)_reader.TokenStartIndex;
        var passed = _json[_counted..start];
        if (passed.LastIndexOf((byte)'\n') is var last and >= 0)
        {
            _line += passed.Count((byte)'\n');
            _column = 1;
            passed = passed[(last + 1)..];
        }
        _column += Encoding.UTF8.GetCharCount(passed);
        _counted = start;
        return new YamlPlace(_line, _column);
    }

    // The parser ends its sentences with line and position of its own counting.
    private static string Reason(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? exception.Message : exception.Message[..end]).TrimEnd('.');
    }

    private static YamlFault Fault(YamlPlace place, string message) => new(place, message, YamlFault.Malformed);

    private sealed class RefusedException(YamlFault fault) : Exception
    {
        public YamlFault Fault => fault;
    }
}
