using System.Data.Common;
using System.Text.Json;
using Dapper;
using Slipway.Client.TrainingConfigs;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>All SQL about training configurations.</summary>
internal sealed class ConfigStore(ServerDatabase database)
{
    private const string Columns = """
        c.id as Id, v.name as Name, v.version as Version, v.filename as Filename, v.size as Size, v.sha256 as Sha256,
        v.warnings as Warnings, v.uploaded_at as UploadedAt
        """;

    private const string Latest = "train_configs c join train_config_versions v on v.name = c.name and v.version = c.latest";

    private const string Every = "train_configs c join train_config_versions v on v.name = c.name";

    /// <summary>Makes the next version of a name; the file that is its latest version already is left as it is.</summary>
    public Task<ConfigRow> AddAsync(ConfigRow config, string content, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var connection = transaction.Connection!;
            await connection.ExecuteAsync(
                $"insert into train_configs (name, id, latest) values (@Name, @Id, 0) {database.Dialect.IfAbsent("name")}", config, transaction);
            // Locks the row: of two uploads to one name, the second sees what the first has made.
            await connection.ExecuteAsync("update train_configs set latest = latest where name = @Name", config, transaction);
            var latest = await connection.QueryFirstOrDefaultAsync<ConfigRow>($"select {Columns} from {Latest} where c.name = @Name", config, transaction);
            if (latest is not null && latest.Sha256 == config.Sha256 && latest.Filename == config.Filename)
            {
                return latest;
            }
            await connection.ExecuteAsync("update train_configs set latest = latest + 1 where name = @Name", config, transaction);
            await InsertAsync(transaction, config, content);
            return await connection.QuerySingleAsync<ConfigRow>($"select {Columns} from {Latest} where c.name = @Name", config, transaction);
        }, cancellationToken);

    /// <summary>The version, or the latest one; null when there is none.</summary>
    public Task<ConfigRow?> FindAsync(string name, long? version, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => FindAsync(connection, "", name, version), cancellationToken);

    /// <summary>The same, with its text.</summary>
    public Task<ConfigRow?> ReadAsync(string name, long? version, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => FindAsync(connection, ", v.content as Content", name, version), cancellationToken);

    /// <summary>The latest version by id or, failing that, by name, with its text; null when there is none.</summary>
    public Task<ConfigRow?> ReadByIdOrNameAsync(string idOrName, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QueryFirstOrDefaultAsync<ConfigRow>($"""
            select {Columns}, v.content as Content from {Latest} where c.id = @Wanted or c.name = @Wanted
            order by case when c.id = @Wanted then 0 else 1 end
            """, new { Wanted = idOrName }), cancellationToken);

    /// <summary>The latest version of every name, the newest first, and how many there are.</summary>
    public Task<(IReadOnlyList<ConfigRow> Page, long Total)> ListAsync(long limit, long offset, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var total = await connection.ExecuteScalarAsync<long>($"select count(*) from {Latest}");
            var page = await connection.QueryAsync<ConfigRow>(
                $"select {Columns} from {Latest} order by v.uploaded_at desc, v.name limit @Limit offset @Offset", new { Limit = limit, Offset = offset });
            return ((IReadOnlyList<ConfigRow>)page.AsList(), total);
        }, cancellationToken);

    /// <summary>All versions of a name, the newest first, and how many there are.</summary>
    public Task<(IReadOnlyList<ConfigRow> Page, long Total)> ListAsync(string name, long limit, long offset, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var wanted = new { Name = name, Limit = limit, Offset = offset };
            var total = await connection.ExecuteScalarAsync<long>("select count(*) from train_config_versions where name = @Name", wanted);
            var page = await connection.QueryAsync<ConfigRow>(
                $"select {Columns} from {Every} where c.name = @Name order by v.version desc limit @Limit offset @Offset", wanted);
            return ((IReadOnlyList<ConfigRow>)page.AsList(), total);
        }, cancellationToken);

    /// <summary>Removes a name with all its versions; false when there is none.</summary>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
            await transaction.Connection!.ExecuteAsync("delete from train_config_versions where name = @Name", new { Name = name }, transaction) > 0,
            cancellationToken);

    private static Task<ConfigRow?> FindAsync(DbConnection connection, string more, string name, long? version) =>
        connection.QueryFirstOrDefaultAsync<ConfigRow>(
            $"select {Columns}{more} from {(version is null ? Latest : Every + " and v.version = @Version")} where c.name = @Name",
            new { Name = name, Version = version });

    private static Task<int> InsertAsync(DbTransaction transaction, ConfigRow config, string content) => transaction.Connection!.ExecuteAsync("""
        insert into train_config_versions (name, version, filename, size, sha256, content, warnings, uploaded_at)
        select c.name, c.latest, @Filename, @Size, @Sha256, @Content, @Warnings, @UploadedAt from train_configs c where c.name = @Name
        """, new { config.Name, config.Filename, config.Size, config.Sha256, Content = content, config.Warnings, config.UploadedAt }, transaction);
}

/// <summary>A row of <c>train_config_versions</c>, with the id of its name.</summary>
internal sealed record ConfigRow
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public long Version { get; init; }

    public string Filename { get; init; } = "";

    public long Size { get; init; }

    public string Sha256 { get; init; } = "";

    /// <summary>Only where it was asked for.</summary>
    public string Content { get; init; } = "";

    /// <summary>A JSON list.</summary>
    public string Warnings { get; init; } = "[]";

    public long UploadedAt { get; init; }

    public TrainConfig ToView() => new()
    {
        Id = Id,
        Name = Name,
        Version = Version,
        Filename = Filename,
        Size = Size,
        Sha256 = Sha256,
        UploadedAt = DateTimeOffset.FromUnixTimeMilliseconds(UploadedAt),
        Warnings = JsonSerializer.Deserialize<string[]>(Warnings) ?? [],
    };
}
