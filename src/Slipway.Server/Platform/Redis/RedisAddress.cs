using System.Globalization;

namespace Slipway.Server.Platform.Redis;

/// <summary>Where Redis is and how to get in.</summary>
internal sealed record RedisAddress
{
    private const string Accepted =
        "accepted are 'host:port,password=…,user=…,ssl=true,database=0' and 'redis://user:password@host:port/0' (rediss:// for TLS)";

    public required string Host { get; init; }

    public int Port { get; init; } = 6379;

    public string? User { get; init; }

    public string? Password { get; init; }

    public int Database { get; init; }

    public bool Tls { get; init; }

    /// <summary>Never with a password.</summary>
    public override string ToString() => $"{Host}:{Port}";

    /// <exception cref="ServerStartException">It cannot be read. The message repeats none of it, for it may hold a password.</exception>
    public static RedisAddress Parse(string text)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? FromUrl(text) : FromList(text);
        return address is { Host.Length: > 0, Port: > 0 and <= 65535, Database: >= 0 } ? address : throw Refused();
    }

    private static RedisAddress FromUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss"))
        {
            throw Refused();
        }
        var user = url.UserInfo.Split(':', 2);
        var path = url.AbsolutePath.Trim('/');
        return new RedisAddress
        {
            Host = url.IdnHost,
            Port = url.Port > 0 ? url.Port : 6379,
            Tls = url.Scheme == "rediss",
            User = user.Length == 2 && user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length == 2 ? Uri.UnescapeDataString(user[1]) : null,
            Database = path.Length == 0 ? 0 : Number(path),
        };
    }

    private static RedisAddress FromList(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var colon = parts.Length == 0 ? throw Refused() : parts[0].LastIndexOf(':');
        var address = new RedisAddress
        {
            Host = colon < 0 ? parts[0] : parts[0][..colon].Trim('[', ']'),
            Port = colon < 0 ? 6379 : Number(parts[0][(colon + 1)..]),
        };
        foreach (var part in parts.Skip(1))
        {
            var (name, value) = part.IndexOf('=') is > 0 and var equals ? (part[..equals], part[(equals + 1)..]) : throw Refused();
            address = name.ToUpperInvariant() switch
            {
                "PASSWORD" => address with { Password = value },
                "USER" => address with { User = value },
                "SSL" or "TLS" => address with { Tls = bool.TryParse(value, out var tls) ? tls : throw Refused() },
                "DATABASE" or "DEFAULTDATABASE" => address with { Database = Number(value) },
                // What other clients understand and this one does not need.
                "ABORTCONNECT" or "CONNECTTIMEOUT" or "SYNCTIMEOUT" or "NAME" => address,
                _ => throw Refused(),
            };
        }
        return address;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Refused();

    private static ServerStartException Refused() => new($"Redis:ConnectionString cannot be read; {Accepted}.");
}
