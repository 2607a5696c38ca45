using System.Data.Common;
using Dapper;
using Slipway.Client.Runs;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Runs.Artifacts;

/// <summary>All SQL about artifacts.</summary>
internal sealed class ArtifactStore(ServerDatabase database)
{
    private const string Columns = """
        id as Id, run_id as RunId, attempt as Attempt, name as Name, bytes as Bytes, sha256 as Sha256, kind as Kind, created_at as CreatedAt
        """;

    public Task<IReadOnlyList<RunArtifact>> ListAsync(string runId, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var rows = (await connection.QueryAsync<ArtifactRow>(
                $"select {Columns} from artifacts where run_id = @RunId order by attempt, name", new { RunId = runId })).AsList();
            var tags = (await connection.QueryAsync<TagRow>("""
                select artifact_id as ArtifactId, tag as Tag from artifact_tags
                join artifacts on artifacts.id = artifact_tags.artifact_id where run_id = @RunId order by tag
                """, new { RunId = runId })).ToLookup(tag => tag.ArtifactId, tag => tag.Tag);
            return (IReadOnlyList<RunArtifact>)rows.ConvertAll(row => row.ToArtifact([.. tags[row.Id]]));
        }, cancellationToken);

    public Task<ArtifactRow?> FindAsync(string runId, string id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QueryFirstOrDefaultAsync<ArtifactRow?>(
            $"select {Columns} from artifacts where run_id = @RunId and id = @Id", new { RunId = runId, Id = id }), cancellationToken);

    /// <summary>The same, whichever run it is of.</summary>
    public Task<ArtifactRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.QueryFirstOrDefaultAsync<ArtifactRow?>($"select {Columns} from artifacts where id = @Id", new { Id = id }), cancellationToken);

    /// <summary>Brings the list of an attempt up to what was found. A file that has changed loses its hash; a tag stays.</summary>
    public static async Task ReplaceAsync(DbTransaction transaction, string runId, long attempt, IReadOnlyList<FoundFile> files)
    {
        var connection = transaction.Connection!;
        var known = (await connection.QueryAsync<ArtifactRow>(
            $"select {Columns} from artifacts where run_id = @RunId and attempt = @Attempt", new { RunId = runId, Attempt = attempt }, transaction))
            .ToDictionary(row => row.Name, StringComparer.Ordinal);
        var found = files.Select(file => ArtifactRow.Of(runId, attempt, file)).ToList();
        var gone = known.Keys.Except(found.Select(row => row.Name), StringComparer.Ordinal).Select(name => new { known[name].Id }).ToList();
        await connection.ExecuteAsync("delete from artifact_tags where artifact_id = @Id", gone, transaction);
        await connection.ExecuteAsync("delete from artifacts where id = @Id", gone, transaction);
        await connection.ExecuteAsync(
            "update artifacts set bytes = @Bytes, created_at = @CreatedAt, sha256 = null where id = @Id",
            found.Where(row => known.TryGetValue(row.Name, out var old) && (old.Bytes != row.Bytes || old.CreatedAt != row.CreatedAt)), transaction);
        await connection.ExecuteAsync("""
            insert into artifacts (id, run_id, attempt, name, bytes, kind, created_at)
            values (@Id, @RunId, @Attempt, @Name, @Bytes, @Kind, @CreatedAt)
            """, found.Where(row => !known.ContainsKey(row.Name)), transaction);
        await connection.ExecuteAsync("""
            update runs set artifacts_count = (select count(*) from artifacts where run_id = @RunId) where id = @RunId
            """, new { RunId = runId }, transaction);
    }

    /// <summary>The same while the attempt goes on. One that has ended meanwhile keeps the list that was made at its end.</summary>
    public Task RefreshAsync(string runId, long attempt, IReadOnlyList<FoundFile> files, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var parameters = new { RunId = runId, Attempt = attempt };
            var connection = transaction.Connection!;
            // Locks the row: of two who look at once, the second finds what the first has listed.
            await connection.ExecuteAsync("update runs set log_count = log_count where id = @RunId", parameters, transaction);
            var goesOn = await connection.ExecuteScalarAsync<long>("""
                select count(*) from runs where id = @RunId and attempt = @Attempt and status in ('queued', 'starting', 'running')
                """, parameters, transaction) == 1;
            if (goesOn)
            {
                await ReplaceAsync(transaction, runId, attempt, files);
            }
            return goesOn;
        }, cancellationToken);

    /// <summary>Files of ended attempts whose hash is not known yet, a few at a time.</summary>
    public Task<List<ArtifactRow>> UnhashedAsync(string owner, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<ArtifactRow>("""
            select artifacts.id as Id, run_id as RunId, artifacts.attempt as Attempt, artifacts.name as Name, bytes as Bytes,
                sha256 as Sha256, kind as Kind, artifacts.created_at as CreatedAt
            from artifacts join runs on runs.id = artifacts.run_id
            where sha256 is null and runs.owner = @Owner
                and (runs.status in ('succeeded', 'failed', 'cancelled', 'lost') or artifacts.attempt < runs.attempt)
            order by artifacts.created_at limit 100
            """, new { Owner = owner })).AsList(), cancellationToken);

    /// <param name="artifact">As it was found.</param>
    /// <param name="sha256">In hexadecimal.</param>
    /// <param name="bytes">How many were read: somebody outside of the run may have written to the file since its end.</param>
    /// <param name="cancellationToken">Nothing is noted then.</param>
    public Task HashedAsync(ArtifactRow artifact, string sha256, long bytes, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "update artifacts set sha256 = @Sha256, bytes = @Bytes where id = @Id",
            new { artifact.Id, Bytes = bytes, Sha256 = sha256 }, transaction), cancellationToken);

    /// <summary>What cannot be read any more is taken out of the list.</summary>
    public Task DropAsync(ArtifactRow artifact, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.Connection!.ExecuteAsync("delete from artifact_tags where artifact_id = @Id", artifact, transaction);
            await transaction.Connection!.ExecuteAsync("delete from artifacts where id = @Id", artifact, transaction);
            return await transaction.Connection!.ExecuteAsync(
                "update runs set artifacts_count = (select count(*) from artifacts where run_id = @RunId) where id = @RunId", artifact, transaction);
        }, cancellationToken);

    public Task TagAsync(string id, IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            $"insert into artifact_tags (artifact_id, tag) values (@Id, @Tag) {database.Dialect.IfAbsent("tag")}",
            tags.Select(tag => new { Id = id, Tag = tag }), transaction), cancellationToken);

    /// <summary>Returns false when it had no such tag.</summary>
    public Task<bool> UntagAsync(string id, string tag, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction => await transaction.Connection!.ExecuteAsync(
            "delete from artifact_tags where artifact_id = @Id and tag = @Tag", new { Id = id, Tag = tag }, transaction) == 1, cancellationToken);

    private sealed class TagRow
    {
        public string ArtifactId { get; init; } = "";

        public string Tag { get; init; } = "";
    }
}

/// <summary>A row of <c>artifacts</c>.</summary>
internal sealed record ArtifactRow
{
    public string Id { get; init; } = "";

    public string RunId { get; init; } = "";

    public long Attempt { get; init; }

    public string Name { get; init; } = "";

    public long Bytes { get; init; }

    public string? Sha256 { get; init; }

    public string Kind { get; init; } = "";

    /// <summary>When the file was last written.</summary>
    public long CreatedAt { get; init; }

    public string PathInRuns => $"{RunFolders.OutputName(RunId, Attempt)}/{Name}";

    public static ArtifactRow Of(string runId, long attempt, FoundFile file) => new()
    {
        Id = ArtifactScan.IdOf(runId, attempt, file.Name),
        RunId = runId,
        Attempt = attempt,
        Name = file.Name,
        Bytes = file.Bytes,
        Kind = ArtifactScan.KindOf(file.Name),
        CreatedAt = file.ChangedAt.ToUnixTimeMilliseconds(),
    };

    public RunArtifact ToArtifact(IReadOnlyList<string> tags) => new()
    {
        Id = Id,
        RunId = RunId,
        Attempt = (int)Attempt,
        Name = Name,
        Bytes = Bytes,
        Sha256 = Sha256,
        Kind = Kind,
        Tags = tags,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
    };
}
