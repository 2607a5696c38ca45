using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>Reads what hubs list. Whatever is not as it should be is refused, with the name of what it is.</summary>
internal sealed partial class HubJson(HubEndpoint hub)
{
    private const int MostFiles = 10_000;

    private readonly Dictionary<string, RemoteFile> _files = new(StringComparer.Ordinal);
    private long _bytes;

    public IReadOnlyList<RemoteFile> Files => [.. _files.Values.OrderBy(file => file.Path, StringComparer.Ordinal)];

    public JsonDocument Parse(byte[] bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException exception)
        {
            throw new HubException($"{hub.Host} answers what is no JSON; is it a hub? --endpoint names another.", exception);
        }
    }

    /// <exception cref="HubException">Its name or size is none that can be taken.</exception>
    public void Add(string? path, long? size, string? sha256, string? gitId)
    {
        if (path is null || !RemotePath.IsSafe(path))
        {
            throw new HubException($"{hub.Host} lists a file '{RemotePath.Shown(path ?? "")}', which may lie outside of its folder; nothing is taken from this repository.");
        }
        if (size is not >= 0 || (_bytes += Math.Min(size.Value, long.MaxValue - _bytes)) == long.MaxValue)
        {
            throw new HubException($"{hub.Host} lists '{RemotePath.Shown(path)}' with an impossible size.");
        }
        var file = new RemoteFile(path, size.Value, Digest(sha256, Sha256Text()), Digest(gitId, Sha1Text()));
        if (!_files.TryAdd(path, file))
        {
            throw new HubException($"{hub.Host} lists '{RemotePath.Shown(path)}' twice.");
        }
        if (_files.Count > MostFiles)
        {
            throw new HubException($"{hub.Host} lists more than {MostFiles} files; a model has fewer.");
        }
    }

    /// <exception cref="HubException">It is no such thing.</exception>
    public string Commit(string? text) => text is not null && Sha1Text().IsMatch(text)
        ? text : throw new HubException($"{hub.Host} names a commit that is none; is it a hub? --endpoint names another.");

    public HubException Malformed() => new($"{hub.Host} answers no list of files; is it a hub? --endpoint names another.");

    /// <exception cref="HubException">The file is larger than one pull may bring.</exception>
    public static void CheckTotal(IEnumerable<RemoteFile> files, HubOptions options)
    {
        var total = files.Sum(file => (decimal)file.Size);
        if (total > options.MostBytes)
        {
            throw new HubException($"This is {total:N0} bytes, and a pull may bring {options.MostBytes:N0} (Hub:MostBytes).");
        }
    }

    public static JsonElement? Member(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Names that are no text, such as half a character.
        }
    }

    public static string? Text(JsonElement element, string name)
    {
        try
        {
            return Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static long? Whole(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    private string? Digest(string? text, Regex form) => string.IsNullOrEmpty(text) ? null
        : form.IsMatch(text) ? text.ToLowerInvariant() : throw new HubException($"{hub.Host} lists a digest that is none.");

    [GeneratedRegex(@"\A[0-9a-fA-F]{64}\z")]
    private static partial Regex Sha256Text();

    [GeneratedRegex(@"\A[0-9a-fA-F]{40}\z")]
    private static partial Regex Sha1Text();
}
