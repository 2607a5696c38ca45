using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Server.Platform.Hub.Downloads;

/// <summary>Whether what came is what the hub lists: by SHA-256, or by git's own id where the hub has that alone.</summary>
internal static class FileDigest
{
    private const int BufferBytes = 1 << 20;

    /// <exception cref="HubException">It is something else.</exception>
    public static async Task CheckAsync(PartFile part, CancellationToken cancellationToken)
    {
        var remote = part.Remote;
        if ((remote.Sha256 ?? remote.GitId) is { } expected && await OfAsync(part.ReadAsync, remote, cancellationToken) is var actual && actual != expected)
        {
            throw new HubException(
                $"'{RemotePath.Shown(remote.Path)}' came with the {(remote.Sha256 is null ? "git id" : "SHA-256")} {actual}, and the hub lists {expected}. "
                + "It was thrown away; something between the hub and here, or the hub itself, changed it.")
            {
                Fault = HubFault.Damaged,
            };
        }
    }

    /// <summary>Whether a file here is the one at the hub; one that the hub has no digest of never is.</summary>
    public static async Task<bool> IsSameAsync(string path, RemoteFile remote, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, options: FileOptions.Asynchronous | FileOptions.SequentialScan);
        return RandomAccess.GetLength(file) == remote.Size && (remote.Sha256 ?? remote.GitId) is { } expected
            && await OfAsync((offset, buffer, token) => RandomAccess.ReadAsync(file, buffer, offset, token), remote, cancellationToken) == expected;
    }

    private static async Task<string> OfAsync(
        Func<long, Memory<byte>, CancellationToken, ValueTask<int>> read, RemoteFile remote, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(remote.Sha256 is not null ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (remote.Sha256 is null)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {remote.Size}\0")));
        }
        var buffer = new byte[(int)Math.Min(BufferBytes, Math.Max(1, remote.Size))];
        for (var at = 0L; at < remote.Size;)
        {
            var count = await read(at, buffer, cancellationToken);
            if (count == 0)
            {
                break;
            }
            hash.AppendData(buffer, 0, count);
            at += count;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
