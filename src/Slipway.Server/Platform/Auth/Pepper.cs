using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Platform.Auth;

/// <summary>
/// The server's own secret under which keys are hashed: who steals the database alone can neither use nor guess a key.
/// </summary>
internal sealed partial class Pepper
{
    private const int FileBytes = 32;
    private const int ShortestText = 16;

    private readonly byte[] _secret;

    internal Pepper(byte[] secret) => _secret = secret;

    /// <summary><c>Auth:Pepper</c>, or a file in the data folder that the first use makes.</summary>
    /// <exception cref="ServerStartException">It is too short, or the file cannot be read or is not whole.</exception>
    public static Pepper Of(IConfiguration configuration, DataFolder folder)
    {
        if (configuration["Auth:Pepper"] is { Length: > 0 } text)
        {
            return text.Length >= ShortestText ? new Pepper(Encoding.UTF8.GetBytes(text)) : throw new ServerStartException(
                $"Auth:Pepper has {text.Length} characters; at least {ShortestText} are needed, better 32 random ones.");
        }
        var path = folder.In("pepper");
        try
        {
            if (!File.Exists(path))
            {
                Make(path);
            }
            var secret = File.ReadAllBytes(path);
            return secret.Length == FileBytes ? new Pepper(secret) : throw new ServerStartException(
                $"{path} has {secret.Length} bytes where {FileBytes} belong. Restore it from a backup; without it no key made so far works.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"The secret that keys are hashed with cannot be read or made: {exception.Message}", exception);
        }
    }

    /// <summary>A key's hash, 32 bytes.</summary>
    public void Hash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        const int Longest = 512;
        Span<byte> utf8 = stackalloc byte[Longest * 3];
        // No key is longer; what is cut away is no key either way.
        var length = Encoding.UTF8.GetBytes(key[..Math.Min(key.Length, Longest)], utf8);
        HMACSHA256.HashData(_secret, utf8[..length], hash);
    }

    public string HashText(ReadOnlySpan<char> key)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Hash(key, hash);
        return Convert.ToHexStringLower(hash);
    }

    // Written whole under another name first, and not by the number of the process, which containers that share a folder have
    // in common. Of two that start at once the first one's stays: to move a file is to overwrite on Unix, to link it is not.
    private static void Make(string path)
    {
        var draft = $"{path}.{Guid.NewGuid():N}";
        using (var file = new FileStream(draft, DataFolder.Private(FileMode.CreateNew, FileAccess.Write, FileShare.None)))
        {
            file.Write(RandomNumberGenerator.GetBytes(FileBytes));
            file.Flush(flushToDisk: true);
        }
        try
        {
            if (OperatingSystem.IsWindows() || Link(draft, path) != 0)
            {
                // Somebody's is there, which is found below, or this file system has no links.
                File.Move(draft, path, overwrite: false);
            }
        }
        catch (IOException) when (File.Exists(path))
        {
        }
        finally
        {
            File.Delete(draft);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
