using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Server.Platform.Redis;

/// <summary>A Lua script, called by its hash once Redis knows it.</summary>
internal sealed class RedisScript(string text)
{
    public string Text => text;

    public string Hash { get; } = HashOf(text);

    [SuppressMessage("Security", "CA5350", Justification = "Redis names scripts by SHA-1; nothing is kept secret or proven by it.")]
    private static string HashOf(string text) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
}
