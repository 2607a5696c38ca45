using System.Security.Cryptography;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>What a request says that its bytes hash to (tus: checksum).</summary>
internal sealed class UploadChecksum : IDisposable
{
    private readonly byte[] _expected;

    private UploadChecksum(IncrementalHash hash, byte[] expected) => (Hash, _expected) = (hash, expected);

    public IncrementalHash Hash { get; }

    /// <summary>Null where the request says nothing.</summary>
    /// <exception cref="UploadRefusedException">The header cannot be read.</exception>
    public static UploadChecksum? Of(HttpRequest request)
    {
        var header = request.Headers[Tus.ChecksumHeader].ToString();
        if (header.Length == 0)
        {
            return null;
        }
        var parts = header.Split(' ', 2);
        var expected = new byte[64];
        if (parts.Length != 2 || AlgorithmOf(parts[0]) is not { } algorithm
            || !Convert.TryFromBase64String(parts[1], expected, out var length))
        {
            throw UploadRefusedException.BadRequest(
                $"The header {Tus.ChecksumHeader} is not one of {Tus.ChecksumAlgorithms} and the hash in base 64, such as 'sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk='.");
        }
        return new UploadChecksum(IncrementalHash.CreateHash(algorithm), expected[..length]);
    }

    public bool Matches() => Hash.GetCurrentHash().AsSpan().SequenceEqual(_expected);

    public void Dispose() => Hash.Dispose();

    private static HashAlgorithmName? AlgorithmOf(string name) => name.ToLowerInvariant() switch
    {
        "sha1" => HashAlgorithmName.SHA1,
        "sha256" => HashAlgorithmName.SHA256,
        _ => null,
    };
}
