using System.Text.Json;

namespace Slipway.Engine.Formats.HuggingFace;

/// <summary>JSON files that others wrote: limited in size and depth, objects only.</summary>
internal static class JsonFile
{
    private const int Depth = 32;

    /// <summary>Reads a file whose content is one object.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="longest">Bytes that it may have.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">It is too long, no JSON in valid Unicode, or no object.</exception>
    public static JsonDocument Read(string path, int longest)
    {
        var document = Parse(ReadBytes(path, longest), path);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }
        using (document)
        {
            throw new ModelFormatException($"'{path}' holds {document.RootElement.ValueKind}; expected is an object.");
        }
    }

    /// <summary>The bytes of a file that may not be longer than <paramref name="longest"/>, even if it grows while it is read.</summary>
    public static byte[] ReadBytes(string path, int longest)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        }
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        if (stream.Length > longest)
        {
            throw new ModelFormatException($"'{path}' has {stream.Length} bytes; accepted are up to {longest}.");
        }
        var bytes = new byte[stream.Length];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    private static JsonDocument Parse(byte[] json, string path)
    {
        try
        {
            RequireTexts(json);
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Depth });
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException($"'{path}' cannot be read: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new ModelFormatException($"'{path}' cannot be read: a name or a text in it is not valid Unicode.", exception);
        }
    }

    /// <summary>
    /// Half of a surrogate pair, written as an escape, passes the parser, and every look-up beside it throws later: it is
    /// found here.
    /// </summary>
    /// <exception cref="InvalidOperationException">Some name or text holds one.</exception>
    private static void RequireTexts(byte[] json)
    {
        if (json.AsSpan().IndexOf("\\u"u8) < 0)
        {
            return;
        }
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Depth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String && reader.ValueIsEscaped)
            {
                _ = reader.GetString();
            }
        }
    }
}
