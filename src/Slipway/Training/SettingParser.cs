using Slipway.Commands;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Training;

/// <summary>
/// YAML to settings. Only what a file of settings needs: no anchors and aliases (with them a short text stands for an
/// endless one), no tags, one document, bounded depth and size.
/// </summary>
internal sealed class SettingParser
{
    private const int LargestFile = 1 << 20;
    private const int DeepestNesting = 16;

    private readonly Func<ParsingEvent, string> _where;
    private readonly Parser _events;

    private SettingParser(TextReader text, Func<ParsingEvent, string> where)
    {
        _events = new Parser(text);
        _where = where;
    }

    /// <summary>Reads a whole file; an empty one is a map without entries.</summary>
    /// <exception cref="CommandException">It is not a YAML map of that kind; the message says where.</exception>
    public static MapSetting ReadFile(string path)
    {
        var name = Path.GetFileName(path);
        var text = ReadText(path);
        var parser = new SettingParser(new StringReader(text), place => $"{name}:{place.Start.Line}");
        var document = parser.ReadDocument($"{name}:1");
        return document switch
        {
            null or ScalarSetting { IsNothing: true } => new MapSetting($"{name}:1", new Dictionary<string, Setting>()),
            MapSetting map => map,
            _ => throw new CommandException($"{document.Where}: a training file is a list of lines 'key: value'; this is something else."),
        };
    }

    /// <summary>Reads the value of one <c>KEY=VALUE</c> argument.</summary>
    /// <param name="value">YAML: a text, a number, <c>[a, b]</c>, …</param>
    /// <param name="where">What messages call it.</param>
    /// <exception cref="CommandException">It is not YAML of that kind.</exception>
    public static Setting ReadValue(string value, string where) =>
        new SettingParser(new StringReader(value), _ => where).ReadDocument(where) ?? new ScalarSetting(where, "", IsQuoted: false);

    private static string ReadText(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"There is no training file '{path}'.");
        }
        using var stream = File.OpenRead(path);
        if (stream.CanSeek && stream.Length > LargestFile)
        {
            throw new CommandException($"'{path}' has {stream.Length} bytes; a training file has {LargestFile} at most.");
        }
        using var reader = new StreamReader(stream);
        var buffer = new char[LargestFile + 1];
        var length = reader.ReadBlock(buffer);
        return length <= LargestFile ? new string(buffer, 0, length) : throw new CommandException($"'{path}' does not end within {LargestFile} characters.");
    }

    private Setting? ReadDocument(string where)
    {
        try
        {
            _events.Consume<StreamStart>();
            if (_events.TryConsume<StreamEnd>(out _))
            {
                return null;
            }
            _events.Consume<DocumentStart>();
            var setting = Read(DeepestNesting);
            _events.Consume<DocumentEnd>();
            return _events.TryConsume<StreamEnd>(out _) ? setting : throw Refuse(_events.Current!, "a second document begins; accepted is one");
        }
        catch (YamlException exception)
        {
            var place = exception.Start.Line > 0 && where.Contains(':', StringComparison.Ordinal)
                ? $"{where[..where.LastIndexOf(':')]}:{exception.Start.Line}"
                : where;
            throw new CommandException($"{place}: not YAML: {exception.Message}");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            // The library's own slips on text that is broken enough.
            throw new CommandException($"{where}: not YAML: brackets or quotes do not match, or something like it.");
        }
    }

    private Setting Read(int depth)
    {
        var current = _events.Consume<ParsingEvent>();
        if (current is AnchorAlias || current is NodeEvent { Anchor.IsEmpty: false })
        {
            throw Refuse(current, "anchors (&) and aliases (*) are not accepted; write the value out, or quote a text that begins so");
        }
        if (current is NodeEvent { Tag.IsEmpty: false } node)
        {
            throw Refuse(current, $"the tag '{node.Tag}' is not accepted; leave it out, or quote a text that begins with !");
        }
        if (depth == 0)
        {
            throw Refuse(current, $"nested more than {DeepestNesting} deep");
        }
        return current switch
        {
            Scalar scalar => new ScalarSetting(_where(scalar), scalar.Value, scalar.Style is not ScalarStyle.Plain),
            SequenceStart => ReadList(current, depth),
            MappingStart => ReadMap(current, depth),
            _ => throw Refuse(current, "a value is missing"),
        };
    }

    private ListSetting ReadList(ParsingEvent start, int depth)
    {
        List<Setting> items = [];
        while (!_events.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Read(depth - 1));
        }
        return new ListSetting(_where(start), items);
    }

    private MapSetting ReadMap(ParsingEvent start, int depth)
    {
        Dictionary<string, Setting> entries = new(StringComparer.Ordinal);
        while (!_events.TryConsume<MappingEnd>(out _))
        {
            var place = _events.Current!;
            if (Read(depth - 1) is not ScalarSetting key)
            {
                throw Refuse(place, "a key is a word, not a list or a map");
            }
            var value = Read(depth - 1);
            if (!entries.TryAdd(key.Text, value))
            {
                throw Refuse(place, $"the key '{key.Text}' stands here for the second time; the first is at {entries[key.Text].Where}");
            }
        }
        return new MapSetting(_where(start), entries);
    }

    private CommandException Refuse(ParsingEvent place, string why) => new($"{_where(place)}: {why}.");
}
