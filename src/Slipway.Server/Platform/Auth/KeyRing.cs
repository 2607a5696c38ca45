using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Slipway.Server.Platform.Auth;

/// <summary>What became of a key that somebody sent.</summary>
internal enum KeyFinding
{
    Valid,
    Unknown,
    Expired,
}

/// <summary>
/// All keys in use, in memory. What a client sends is looked up here and nowhere else: no database stands between
/// a request and its first byte, and none that is down keeps a valid key out.
/// </summary>
internal sealed class KeyRing(KeyStore store, Pepper pepper, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile Snapshot _current = new(-1, FrozenDictionary<string, Entry>.Empty);

    /// <summary>Whether nobody made a key yet, or all that were made are revoked. Expired ones count as keys.</summary>
    public bool IsEmpty => _current.ByHash.Count == 0;

    /// <summary>Loads the keys anew where they have changed.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer; the keys loaded before stay.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (await store.RevisionAsync(cancellationToken) == _current.Revision)
            {
                return;
            }
            var (revision, keys, secrets) = await store.LoadAsync(cancellationToken);
            var byHash = keys.Select(row => (Key: row.ToKey(), row.Id))
                .SelectMany(key => secrets[key.Id].Select(secret => new Entry(key.Key, secret)))
                .ToFrozenDictionary(entry => entry.HashText);
            _current = new Snapshot(revision, byHash);
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>The key that was sent. A key seen before costs no hash; one that is not valid is never remembered.</summary>
    public KeyFinding Find(string sent, out ApiKey? key)
    {
        var current = _current;
        if (!current.Seen.TryGetValue(sent, out var entry))
        {
            entry = Look(current, sent);
            if (entry is null)
            {
                key = null;
                return KeyFinding.Unknown;
            }
            // Holds valid keys only, and so never more than there are.
            current.Seen.TryAdd(sent, entry);
        }
        key = entry.Key;
        var now = clock.GetUtcNow();
        return entry.ExpiresAt <= now || entry.Key.ExpiresAt <= now ? KeyFinding.Expired : KeyFinding.Valid;
    }

    public void Dispose() => _loading.Dispose();

    private Entry? Look(Snapshot current, string sent)
    {
        if (current.ByHash.Count == 0 || !KeyText.IsWhole(sent))
        {
            return null;
        }
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        pepper.Hash(sent, hash);
        // How long a search for a keyed hash takes tells nothing about any key to whoever lacks the pepper.
        return current.ByHash.TryGetValue(Convert.ToHexStringLower(hash), out var entry)
            && CryptographicOperations.FixedTimeEquals(entry.Hash, hash)
            ? entry
            : null;
    }

    private sealed class Entry(ApiKey key, SecretRow secret)
    {
        public ApiKey Key => key;

        public string HashText => secret.Hash;

        public byte[] Hash { get; } = Convert.FromHexString(secret.Hash);

        public DateTimeOffset? ExpiresAt { get; } =
            secret.ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }

    private sealed record Snapshot(long Revision, FrozenDictionary<string, Entry> ByHash)
    {
        public ConcurrentDictionary<string, Entry> Seen { get; } = new(ConstantTime.Instance);
    }
}

/// <summary>Compares texts that clients send in a time that does not depend on where they differ.</summary>
internal sealed class ConstantTime : IEqualityComparer<string>
{
    public static ConstantTime Instance { get; } = new();

    public bool Equals(string? x, string? y) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(x.AsSpan()), MemoryMarshal.AsBytes(y.AsSpan()));

    // Seeded anew in every process: nobody outside can tell which texts meet.
    public int GetHashCode([DisallowNull] string obj) => obj.GetHashCode(StringComparison.Ordinal);
}
