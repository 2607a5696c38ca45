using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Server.Platform.Database;

/// <summary>What stands behind the <c>://</c> of a server's address: <c>user:password@host:port/database?option=value</c>.</summary>
internal sealed class DatabaseUrlParts
{
    private const string Encode = "in a user's name or password, write each of : / ? @ # % as % and its two hexadecimal digits";

    public string? User { get; private init; }

    public string? Password { get; private init; }

    public required string Host { get; init; }

    public int? Port { get; private init; }

    public required string Database { get; init; }

    public required IReadOnlyList<(string Name, string Value)> Options { get; init; }

    /// <exception cref="ServerStartException">A part is missing or not acceptable.</exception>
    public static DatabaseUrlParts Of(string text)
    {
        var question = text.IndexOf('?', StringComparison.Ordinal);
        var (address, options) = question < 0 ? (text, "") : (text[..question], text[(question + 1)..]);
        // The last one: a password whose @ is not encoded is then still no part of a host that a message would show.
        var at = address.LastIndexOf('@');
        var (login, place) = at < 0 ? ("", address) : (address[..at], address[(at + 1)..]);
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || slash == place.Length - 1)
        {
            throw DatabaseUrl.Unreadable($"it names no database behind the host; {Encode}");
        }
        var colon = login.IndexOf(':', StringComparison.Ordinal);
        var (host, port) = HostOf(place[..slash]);
        return new DatabaseUrlParts
        {
            User = login.Length == 0 ? null : Uri.UnescapeDataString(colon < 0 ? login : login[..colon]),
            Password = colon < 0 ? null : Uri.UnescapeDataString(login[(colon + 1)..]),
            Host = host,
            Port = port,
            Database = Uri.UnescapeDataString(place[(slash + 1)..]),
            Options = [.. OptionsOf(options)],
        };
    }

    public static IEnumerable<(string Name, string Value)> OptionsOf(string text)
    {
        foreach (var option in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = option.Split('=', 2);
            yield return (Plain(pair[0]), pair.Length == 1 ? "" : Plain(pair[1]));
        }
    }

    private static string Plain(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static (string Host, int? Port) HostOf(string text)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            return end > 0 && IPAddress.TryParse(text[1..end], out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
                && (end == text.Length - 1 || text[end + 1] == ':')
                ? (text[1..end], PortOf(text[(end + 1)..]))
                : throw DatabaseUrl.Unreadable("what stands in brackets is no IPv6 address");
        }
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var host = colon < 0 ? text : text[..colon];
        return host.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
            ? (host.Length == 0 ? "localhost" : host, PortOf(colon < 0 ? "" : text[colon..]))
            : throw DatabaseUrl.Unreadable($"what should be the host is no host's name; {Encode}");
    }

    private static int? PortOf(string text) =>
        text is "" or ":" ? null
        : int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535 ? port
        : throw DatabaseUrl.Unreadable($"the port is no number from 1 to 65535; {Encode}");
}
