using System.Data.Common;
using System.Text.Json;
using Dapper;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Platform.Auth;

/// <summary>All SQL about keys.</summary>
internal sealed class KeyStore(ServerDatabase database)
{
    private const string Columns = """
        id as Id, name as Name, models as Models, rpm as Rpm, tpm as Tpm, concurrency as Concurrency, budget as Budget,
        is_admin as IsAdmin, created_at as CreatedAt, expires_at as ExpiresAt, revoked_at as RevokedAt
        """;

    public Task<long> RevisionAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(RevisionAsync, cancellationToken);

    /// <summary>Every key that was not revoked, with its secrets, and the revision that they are of.</summary>
    public Task<(long Revision, List<KeyRow> Keys, ILookup<string, SecretRow> Secrets)> LoadAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            // Read first: a change in between is then seen twice rather than never.
            var revision = await RevisionAsync(connection);
            var keys = await connection.QueryAsync<KeyRow>($"select {Columns} from api_keys where revoked_at is null");
            return (revision, keys.AsList(), await SecretsAsync(connection));
        }, cancellationToken);

    /// <summary>Every key, also revoked ones, in the order they were made, with what it has cost.</summary>
    public Task<(List<KeyRow> Keys, ILookup<string, SecretRow> Secrets)> ListAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var keys = await connection.QueryAsync<KeyRow>($"""
                select {Columns}, coalesce((select cost from spend where key_id = api_keys.id), 0) as Spent
                from api_keys order by created_at, id
                """);
            return (keys.AsList(), await SecretsAsync(connection));
        }, cancellationToken);

    /// <summary>Returns false when a key that is in use has the name.</summary>
    public Task<bool> TryAddAsync(KeyRow key, SecretRow secret, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var isNew = await transaction.Connection!.ExecuteAsync($"""
                insert into api_keys (id, name, models, rpm, tpm, concurrency, budget, is_admin, created_at, expires_at)
                values (@Id, @Name, @Models, @Rpm, @Tpm, @Concurrency, @Budget, @IsAdmin, @CreatedAt, @ExpiresAt)
                {database.Dialect.IfAbsent("id")}
                """, key, transaction) == 1;
            if (isNew)
            {
                await AddSecretAsync(transaction, secret);
                await CountUpAsync(transaction);
            }
            return isNew;
        }, cancellationToken);

    /// <summary>Returns the key's id; null when no key in use has this id or name.</summary>
    public Task<string?> RevokeAsync(string idOrName, long now, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var id = await FindAsync(transaction, idOrName);
            if (id is not null)
            {
                await transaction.Connection!.ExecuteAsync("delete from api_key_secrets where key_id = @Id", new { Id = id }, transaction);
                await transaction.Connection!.ExecuteAsync(
                    "update api_keys set revoked_at = @Now where id = @Id", new { Id = id, Now = now }, transaction);
                await CountUpAsync(transaction);
            }
            return id;
        }, cancellationToken);

    /// <summary>
    /// Gives a key a new secret; those that it has end at <paramref name="until"/>.
    /// Returns the key's id; null when no key in use has this id or name.
    /// </summary>
    public Task<string?> RotateAsync(string idOrName, SecretRow secret, long until, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var id = await FindAsync(transaction, idOrName);
            if (id is not null)
            {
                await transaction.Connection!.ExecuteAsync(
                    "delete from api_key_secrets where key_id = @Id and expires_at <= @Now",
                    new { Id = id, Now = secret.CreatedAt }, transaction);
                await transaction.Connection!.ExecuteAsync(
                    "update api_key_secrets set expires_at = @Until where key_id = @Id and (expires_at is null or expires_at > @Until)",
                    new { Id = id, Until = until }, transaction);
                await AddSecretAsync(transaction, secret with { KeyId = id });
                await CountUpAsync(transaction);
            }
            return id;
        }, cancellationToken);

    /// <summary>Notes a value under a name unless there is one, and returns the one that is there.</summary>
    public Task<string> KeepAsync(string name, string value, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.Connection!.ExecuteAsync(
                $"insert into settings (name, value) values (@Name, @Value) {database.Dialect.IfAbsent("name")}",
                new { Name = name, Value = value }, transaction);
            return await transaction.Connection!.QuerySingleAsync<string>(
                "select value from settings where name = @Name", new { Name = name }, transaction);
        }, cancellationToken);

    private static Task<long> RevisionAsync(DbConnection connection) =>
        connection.QuerySingleAsync<long>("select revision from revisions where name = 'keys'");

    private static async Task<ILookup<string, SecretRow>> SecretsAsync(DbConnection connection) =>
        (await connection.QueryAsync<SecretRow>("""
            select hash as Hash, key_id as KeyId, prefix as Prefix, created_at as CreatedAt, expires_at as ExpiresAt
            from api_key_secrets order by created_at
            """)).ToLookup(secret => secret.KeyId);

    private static Task<string?> FindAsync(DbTransaction transaction, string idOrName) =>
        transaction.Connection!.QueryFirstOrDefaultAsync<string>("""
            select id from api_keys where (id = @Wanted or name = @Wanted) and revoked_at is null
            order by case when id = @Wanted then 0 else 1 end
            """, new { Wanted = idOrName }, transaction);

    private static Task<int> AddSecretAsync(DbTransaction transaction, SecretRow secret) => transaction.Connection!.ExecuteAsync("""
        insert into api_key_secrets (hash, key_id, prefix, created_at) values (@Hash, @KeyId, @Prefix, @CreatedAt)
        """, secret, transaction);

    private static Task<int> CountUpAsync(DbTransaction transaction) => transaction.Connection!.ExecuteAsync(
        "update revisions set revision = revision + 1 where name = 'keys'", transaction: transaction);
}

/// <summary>A row of <c>api_keys</c>.</summary>
internal sealed record KeyRow
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>A JSON list, or null.</summary>
    public string? Models { get; init; }

    public long? Rpm { get; init; }

    public long? Tpm { get; init; }

    public long? Concurrency { get; init; }

    public long? Budget { get; init; }

    public long IsAdmin { get; init; }

    public long CreatedAt { get; init; }

    public long? ExpiresAt { get; init; }

    public long? RevokedAt { get; init; }

    /// <summary>Read only in lists.</summary>
    public long Spent { get; init; }

    public IReadOnlyList<string>? ModelList => Models is null ? null : JsonSerializer.Deserialize<string[]>(Models);

    public ApiKey ToKey() => new()
    {
        Id = Id,
        Name = Name,
        Models = ModelList,
        Rpm = Rpm,
        Tpm = Tpm,
        Concurrency = Concurrency,
        Budget = Budget,
        ExpiresAt = ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        IsAdmin = IsAdmin != 0,
    };
}

/// <summary>A row of <c>api_key_secrets</c>.</summary>
internal sealed record SecretRow
{
    public string Hash { get; init; } = "";

    public string KeyId { get; init; } = "";

    public string Prefix { get; init; } = "";

    public long CreatedAt { get; init; }

    public long? ExpiresAt { get; init; }
}
