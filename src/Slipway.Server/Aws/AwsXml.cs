using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Slipway.Server.Aws;

/// <summary>Reads XML that somebody else wrote: nothing outside it is fetched, and neither its size nor its depth is taken on trust.</summary>
internal static class AwsXml
{
    private const int DeepestElement = 32;

    /// <exception cref="XmlException">It is no XML, has a DTD, or is nested too deep.</exception>
    public static XElement Parse(ReadOnlyMemory<byte> text)
    {
        var bytes = text.ToArray();
        // A tree is built on the stack's good will: depth is checked before there is one.
        using (var depth = Open(bytes))
        {
            while (depth.Read())
            {
                if (depth.Depth > DeepestElement)
                {
                    throw new XmlException($"It is nested more than {DeepestElement} deep.");
                }
            }
        }
        using var reader = Open(bytes);
        return XElement.Load(reader);
    }

    /// <summary>The first child of this name, in whichever namespace.</summary>
    public static XElement? Child(this XElement parent, string name) =>
        parent.Elements().FirstOrDefault(element => element.Name.LocalName == name);

    /// <summary>What a child of this name holds; null where there is none, or nothing in it.</summary>
    public static string? Text(this XElement parent, string name) =>
        parent.Child(name) is { Value: { Length: > 0 } text } ? text : null;

    /// <summary>A moment, or null where it is missing or none.</summary>
    public static DateTimeOffset? Time(this XElement parent, string name) =>
        DateTimeOffset.TryParse(
            parent.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    /// <summary>The members of a list of this name; none where there is no such list.</summary>
    public static IEnumerable<XElement> Members(this XElement parent, string name) =>
        parent.Child(name)?.Elements().Where(element => element.Name.LocalName == "member") ?? [];

    private static XmlReader Open(byte[] bytes) => XmlReader.Create(new MemoryStream(bytes), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = 8 << 20,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    });
}
