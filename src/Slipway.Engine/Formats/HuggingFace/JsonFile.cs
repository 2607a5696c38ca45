using System.Text.Json;

namespace Slipway.Engine.Formats.HuggingFace;

/// <summary>JSON files that others wrote: limited in size and depth, objects only.</summary>
internal static class JsonFile
{
    /// <summary>Reads a file whose content is one object.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="longest">Bytes that it may have.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">It is too long, no JSON or no object.</exception>
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
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }
}
