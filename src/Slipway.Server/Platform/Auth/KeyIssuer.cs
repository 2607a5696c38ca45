using System.Security.Cryptography;
using System.Text.Json;

namespace Slipway.Server.Platform.Auth;

/// <summary>Makes, lists, revokes and rotates keys.</summary>
internal sealed class KeyIssuer(KeyStore store, Pepper pepper, TimeProvider clock)
{
    private const int LongestName = 100;
    private const int MostModels = 1000;
    private const int LongestModel = 256;
    private const decimal HighestBudget = 1_000_000_000;

    /// <summary>How many billionths of a dollar a dollar has.</summary>
    public const decimal Nano = 1_000_000_000;

    /// <exception cref="KeyException">The terms are not acceptable, or the name is taken.</exception>
    public async Task<IssuedKey> CreateAsync(KeyTerms terms, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        Check(terms, now);
        var key = new KeyRow
        {
            Id = "key_" + RandomNumberGenerator.GetString("0123456789abcdefghijklmnopqrstuvwxyz", 12),
            Name = terms.Name,
            Models = terms.Models is { Count: > 0 } ? JsonSerializer.Serialize(terms.Models) : null,
            Rpm = terms.Rpm,
            Tpm = terms.Tpm,
            Concurrency = terms.Concurrency,
            Budget = (long?)(terms.BudgetUsd * Nano),
            IsAdmin = terms.Admin ? 1 : 0,
            CreatedAt = now.ToUnixTimeMilliseconds(),
            ExpiresAt = terms.ExpiresAt?.ToUnixTimeMilliseconds(),
        };
        var (text, secret) = NewSecret(key.Id, now);
        return await store.TryAddAsync(key, secret, cancellationToken)
            ? new IssuedKey(ToView(key, [secret]), text)
            : throw new KeyException(
                KeyFault.Taken, $"A key named '{terms.Name}' is in use. Choose another name, or revoke or rotate that one.");
    }

    public async Task<IReadOnlyList<KeyView>> ListAsync(CancellationToken cancellationToken)
    {
        var (keys, secrets) = await store.ListAsync(cancellationToken);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. keys.Select(key => ToView(key, secrets[key.Id].Where(secret => secret.ExpiresAt is null || secret.ExpiresAt > now)))];
    }

    /// <summary>Ends a key at once; returns its id.</summary>
    /// <exception cref="KeyException">No key in use has this id or name.</exception>
    public async Task<string> RevokeAsync(string idOrName, CancellationToken cancellationToken) =>
        await store.RevokeAsync(idOrName, clock.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken) ?? throw Unknown(idOrName);

    /// <summary>Gives a key a new secret; the old one works for <paramref name="overlap"/> more.</summary>
    /// <exception cref="KeyException">No key in use has this id or name, or the overlap is out of range.</exception>
    public async Task<IssuedKey> RotateAsync(string idOrName, TimeSpan overlap, CancellationToken cancellationToken)
    {
        if (overlap < TimeSpan.Zero || overlap > TimeSpan.FromDays(365))
        {
            throw new KeyException(KeyFault.Invalid, $"The overlap is {overlap}; accepted is 0 to 365 days.");
        }
        var now = clock.GetUtcNow();
        var (text, secret) = NewSecret("", now);
        var id = await store.RotateAsync(idOrName, secret, (now + overlap).ToUnixTimeMilliseconds(), cancellationToken)
            ?? throw Unknown(idOrName);
        return new IssuedKey((await ListAsync(cancellationToken)).Single(key => key.Id == id), text);
    }

    private (string Text, SecretRow Secret) NewSecret(string keyId, DateTimeOffset now)
    {
        var text = KeyText.Create();
        var secret = new SecretRow
        {
            Hash = pepper.HashText(text),
            KeyId = keyId,
            Prefix = text[..KeyText.PrefixLength],
            CreatedAt = now.ToUnixTimeMilliseconds(),
        };
        return (text, secret);
    }

    private static void Check(KeyTerms terms, DateTimeOffset now)
    {
        Require(IsName(terms.Name, LongestName),
            $"The name must have 1 to {LongestName} characters, none of them a control character.");
        Require(terms.Models is null || terms.Models.Count <= MostModels,
            $"{terms.Models?.Count} models are named; at most {MostModels} are accepted.");
        Require(terms.Models is null || terms.Models.All(model => IsName(model, LongestModel)),
            $"A model's name must have 1 to {LongestModel} characters, none of them a control character.");
        Require(terms.Rpm is null or > 0, $"rpm is {terms.Rpm}; accepted is 1 and more, or nothing for no limit.");
        Require(terms.Tpm is null or > 0, $"tpm is {terms.Tpm}; accepted is 1 and more, or nothing for no limit.");
        Require(terms.Concurrency is null or > 0, $"concurrency is {terms.Concurrency}; accepted is 1 and more, or nothing for no limit.");
        Require(terms.BudgetUsd is null or (> 0 and <= HighestBudget),
            $"The budget is {terms.BudgetUsd} USD; accepted is above 0 and up to {HighestBudget:N0}, or nothing for no limit.");
        Require(terms.ExpiresAt is null || terms.ExpiresAt > now, $"The key would expire at {terms.ExpiresAt:u}, which is not in the future.");
    }

    private static bool IsName(string? text, int longest) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= longest && !text.Any(char.IsControl);

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new KeyException(KeyFault.Invalid, otherwise);
        }
    }

    private static KeyException Unknown(string idOrName) =>
        new(KeyFault.Unknown, $"No key in use has the id or name '{(idOrName.Length <= 100 ? idOrName : idOrName[..100] + "…")}'.");

    private static KeyView ToView(KeyRow key, IEnumerable<SecretRow> secrets) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Prefixes = [.. secrets.Select(secret => secret.Prefix)],
        Models = key.ModelList,
        Rpm = key.Rpm,
        Tpm = key.Tpm,
        Concurrency = key.Concurrency,
        BudgetUsd = key.Budget / Nano,
        SpentUsd = key.Spent / Nano,
        Admin = key.IsAdmin != 0,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(key.CreatedAt),
        ExpiresAt = Time(key.ExpiresAt),
        RevokedAt = Time(key.RevokedAt),
    };

    private static DateTimeOffset? Time(long? milliseconds) =>
        milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
