using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Server.Platform.Yaml;

/// <summary>
/// Reads one YAML document whose text is a stranger's. Aliases count as what they stand for before anything is built of them,
/// so that a text that other readers would blow up to gigabytes is refused here; they share what they stand for.
/// </summary>
internal sealed class YamlReader
{
    private const int MostValues = 100_000;
    private const int DeepestNesting = 32;

    private readonly Parser _events;
    private readonly Dictionary<string, Anchored> _anchors = new(StringComparer.Ordinal);

    // How many values the document would have if every alias were written out.
    private long _values;

    private YamlReader(string text) => _events = new Parser(new StringReader(text));

    /// <summary>The document's value and null, or null and what is wrong. An empty text is a null value without a fault.</summary>
    public static (YamlValue? Value, YamlFault? Fault) Read(string text)
    {
        var reader = new YamlReader(text);
        try
        {
            return (reader.ReadDocument(), null);
        }
        catch (RefusedException refusal)
        {
            return (null, refusal.Fault);
        }
        catch (YamlException exception)
        {
            return (null, new YamlFault(PlaceOf(exception.Start), $"this is not YAML: {exception.Message.TrimEnd('.')}", YamlFault.Malformed));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            // The library's own slips on text that is broken enough.
            return (null, new YamlFault(reader.Here, "this is not YAML: brackets or quotes do not match, or something like it", YamlFault.Malformed));
        }
    }

    private YamlPlace Here => _events.Current is { } current ? PlaceOf(current.End) : new YamlPlace(1, 1);

    private YamlValue? ReadDocument()
    {
        _events.Consume<StreamStart>();
        if (_events.TryConsume<StreamEnd>(out _))
        {
            return null;
        }
        _events.Consume<DocumentStart>();
        var (value, _) = Read(DeepestNesting);
        _events.Consume<DocumentEnd>();
        return _events.TryConsume<StreamEnd>(out _) ? value : throw Refuse(_events.Current!, "a second document begins; accepted is one");
    }

    private (YamlValue Value, int Height) Read(int depth)
    {
        var current = _events.Consume<ParsingEvent>();
        if (depth == 0)
        {
            throw Refuse(current, $"nested more than {DeepestNesting} deep");
        }
        Count(current, 1);
        if (current is AnchorAlias alias)
        {
            return Expand(alias, depth);
        }
        if (current is NodeEvent { Tag.IsEmpty: false } tagged)
        {
            throw Refuse(current, $"the tag '{Shorten(tagged.Tag.ToString())}' is not accepted; leave it out, or quote a text that begins with !");
        }
        var before = _values;
        var anchor = current is NodeEvent { Anchor.IsEmpty: false } node ? node.Anchor.Value : null;
        if (anchor is not null)
        {
            // Not there while its own value is read: a value cannot hold itself.
            _anchors.Remove(anchor);
        }
        var (value, height) = ReadValue(current, depth);
        if (anchor is not null)
        {
            _anchors[anchor] = new Anchored(value, _values - before, height);
        }
        return (value, height);
    }

    private (YamlValue Value, int Height) ReadValue(ParsingEvent current, int depth) => current switch
    {
        Scalar scalar => (new YamlText(PlaceOf(scalar.Start), scalar.Value, scalar.Style is not ScalarStyle.Plain), 1),
        SequenceStart => ReadList(current, depth),
        MappingStart => ReadMap(current, depth),
        _ => throw Refuse(current, "a value is missing"),
    };

    private (YamlValue Value, int Height) Expand(AnchorAlias alias, int depth)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var anchored))
        {
            throw Refuse(alias, $"the alias '*{Shorten(alias.Value.Value)}' stands for nothing written before it; quote a text that begins with *");
        }
        if (anchored.Height > depth)
        {
            throw Refuse(alias, $"with '*{Shorten(alias.Value.Value)}' written out this is nested more than {DeepestNesting} deep");
        }
        Count(alias, anchored.Values);
        return (anchored.Value, anchored.Height);
    }

    private (YamlValue Value, int Height) ReadList(ParsingEvent start, int depth)
    {
        List<YamlValue> items = [];
        var height = 0;
        while (!_events.TryConsume<SequenceEnd>(out _))
        {
            var (item, itsHeight) = Read(depth - 1);
            items.Add(item);
            height = Math.Max(height, itsHeight);
        }
        return (new YamlList(PlaceOf(start.Start), items), height + 1);
    }

    private (YamlValue Value, int Height) ReadMap(ParsingEvent start, int depth)
    {
        List<KeyValuePair<string, YamlValue>> entries = [];
        Dictionary<string, YamlPlace> places = new(StringComparer.Ordinal);
        var height = 0;
        while (!_events.TryConsume<MappingEnd>(out _))
        {
            var place = _events.Current!;
            var key = Read(depth - 1).Value as YamlText ?? throw Refuse(place, "a key is a word, not a list or a map");
            if (key is { Text: "<<", IsQuoted: false })
            {
                throw Refuse(place, "merge keys (<<) are not accepted; write the keys out");
            }
            if (!places.TryAdd(key.Text, PlaceOf(place.Start)))
            {
                throw Refuse(place, $"the key '{Shorten(key.Text)}' stands here for the second time; the first is in line {places[key.Text].Line}");
            }
            var (value, itsHeight) = Read(depth - 1);
            entries.Add(new(key.Text, value));
            height = Math.Max(height, itsHeight);
        }
        return (new YamlMap(PlaceOf(start.Start), entries), height + 1);
    }

    private void Count(ParsingEvent place, long values)
    {
        _values += values;
        if (_values > MostValues)
        {
            throw Refuse(place, $"with every alias written out there are more than {MostValues} values");
        }
    }

    private static RefusedException Refuse(ParsingEvent place, string why) =>
        new(new YamlFault(PlaceOf(place.Start), why, YamlFault.Malformed));

    private static YamlPlace PlaceOf(Mark mark) => new((int)mark.Line, (int)mark.Column);

    internal static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private sealed record Anchored(YamlValue Value, long Values, int Height);

    private sealed class RefusedException(YamlFault fault) : Exception
    {
        public YamlFault Fault => fault;
    }
}
