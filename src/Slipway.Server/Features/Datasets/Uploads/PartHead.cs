using System.Text;
using Microsoft.Net.Http.Headers;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>What a part of a multipart body says of itself.</summary>
/// <param name="Name">The field; empty where it has none.</param>
/// <param name="FileName">The file's name, where it is a file.</param>
internal sealed record PartHead(string Name, string? FileName)
{
    /// <summary>Reads the lines between a boundary and an empty line. What cannot be read is passed over.</summary>
    public static PartHead Parse(ReadOnlySpan<byte> head)
    {
        foreach (var line in Encoding.UTF8.GetString(head).Split("\r\n"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0
                && line.AsSpan(0, colon).Trim().Equals(HeaderNames.ContentDisposition, StringComparison.OrdinalIgnoreCase)
                && ContentDispositionHeaderValue.TryParse(line[(colon + 1)..].Trim(), out var disposition))
            {
                var fileName = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
                return new PartHead(Plain(disposition.Name) ?? "", Plain(fileName));
            }
        }
        return new PartHead("", null);
    }

    private static string? Plain(Microsoft.Extensions.Primitives.StringSegment value) =>
        value.HasValue ? HeaderUtilities.UnescapeAsQuotedString(value).ToString() : null;
}
