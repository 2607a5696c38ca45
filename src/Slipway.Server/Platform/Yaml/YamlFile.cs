using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Slipway.Server.Platform.Yaml;

/// <summary>From the bytes of a file to its one YAML document.</summary>
internal static class YamlFile
{
    /// <summary>Reads a whole file, at most <paramref name="largest"/> bytes of it.</summary>
    /// <returns>The document's value and null, or null and what is wrong. An empty text is a null value without a fault.</returns>
    public static (YamlValue? Value, YamlFault? Fault) Read(ReadOnlySpan<byte> bytes, int largest)
    {
        var (text, fault) = Decode(bytes, largest);
        return fault is null ? YamlReader.Read(text) : (null, fault);
    }

    /// <summary>The text of a file, with the same checks; empty when there is a fault.</summary>
    public static (string Text, YamlFault? Fault) Decode(ReadOnlySpan<byte> bytes, int largest)
    {
        if (bytes.Length > largest)
        {
            return ("", Malformed(new(1, 1), $"the file has {bytes.Length} bytes; at most {largest} are accepted"));
        }
        if (!Utf8.IsValid(bytes))
        {
            return ("", Malformed(FirstInvalid(bytes), "the text is not valid UTF-8"));
        }
        var text = Encoding.UTF8.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        return text.IndexOf('\0', StringComparison.Ordinal) is var zero and >= 0
            ? ("", Malformed(PlaceAt(text, zero), "the text has a NUL character"))
            : (text, null);
    }

    private static YamlFault Malformed(YamlPlace place, string message) => new(place, message, YamlFault.Malformed);

    private static YamlPlace FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == OperationStatus.Done)
        {
            at += length;
        }
        var before = Encoding.UTF8.GetString(bytes[..at]);
        return PlaceAt(before, before.Length);
    }

    private static YamlPlace PlaceAt(string text, int index)
    {
        var before = text.AsSpan(0, index);
        return new YamlPlace(before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}
