using System.Data.Common;
using Dapper;
using Slipway.Client.Projects;
using Slipway.Server.Platform.Database;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Projects;

/// <summary>All SQL about projects.</summary>
internal sealed class ProjectStore(ServerDatabase database)
{
    private const string Columns = """
        id as Id, name as Name, description as Description, owner as Owner, dataset_name as DatasetName,
        training_yaml_name as TrainingYamlName, status as Status, created_at as CreatedAt, updated_at as UpdatedAt,
        (select count(*) from runs where runs.project_id = projects.id) as RunsCount
        """;

    /// <summary>Returns false when the name is taken.</summary>
    public Task<bool> TryAddAsync(ProjectDetail project, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var isNew = await transaction.Connection!.ExecuteAsync($"""
                insert into projects (id, name, description, owner, dataset_name, training_yaml_name, status, created_at, updated_at)
                values (@Id, @Name, @Description, @Owner, @DatasetName, @TrainingYamlName, @Status, @CreatedAt, @UpdatedAt)
                {database.Dialect.IfAbsent("id")}
                """, Row.Of(project), transaction) == 1;
            if (isNew)
            {
                await TagAsync(transaction, project);
            }
            return isNew;
        }, cancellationToken);

    /// <summary>
    /// Changes a project as it is when nobody else can change it. Gives it back; or null, and says whether the name is another
    /// project's or there is no such project any more.
    /// </summary>
    public async Task<(ProjectDetail? Changed, bool IsTaken)> ChangeAsync(
        string id, Func<ProjectDetail, ProjectDetail> change, CancellationToken cancellationToken)
    {
        try
        {
            return (await database.WriteAsync(transaction => ChangeAsync(transaction, id, change), cancellationToken), false);
        }
        catch (DbException exception) when (UniqueIndex.Refused(exception))
        {
            return (null, true);
        }
    }

    /// <summary>By name or id; a name wins.</summary>
    public Task<ProjectDetail?> FindAsync(string nameOrId, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var row = await connection.QueryFirstOrDefaultAsync<Row>($"""
                select {Columns} from projects where name = @Wanted or id = @Wanted order by case when name = @Wanted then 0 else 1 end
                """, new { Wanted = nameOrId });
            return row is null ? null : (await WithTagsAsync(connection, [row]))[0];
        }, cancellationToken);

    /// <summary>The newest first.</summary>
    public Task<(long Total, IReadOnlyList<ProjectDetail> Projects)> ListAsync(
        string? status, string? tag, string? owner, Page page, CancellationToken cancellationToken)
    {
        string[] conditions =
        [
            "1 = 1",
            .. status is null ? Array.Empty<string>() : ["status = @Status"],
            .. owner is null ? Array.Empty<string>() : ["owner = @Owner"],
            .. tag is null ? Array.Empty<string>() : ["id in (select project_id from project_tags where tag = @Tag)"],
        ];
        var where = string.Join(" and ", conditions);
        var parameters = new { Status = status, Owner = owner, Tag = tag, page.Limit, page.Offset };
        return database.ReadAsync(async connection =>
        {
            var total = await connection.ExecuteScalarAsync<long>($"select count(*) from projects where {where}", parameters);
            var rows = await connection.QueryAsync<Row>(
                $"select {Columns} from projects where {where} order by created_at desc, id desc limit @Limit offset @Offset", parameters);
            return (total, await WithTagsAsync(connection, rows.AsList()));
        }, cancellationToken);
    }

    /// <summary>
    /// Removes a project with all that hangs on it, or nothing. Null when it is done; else a sentence that says what is in the way.
    /// </summary>
    public async Task<string?> DeleteAsync(string id, IEnumerable<IProjectRemoval> removals, CancellationToken cancellationToken)
    {
        try
        {
            var remains = await database.WriteAsync(async transaction =>
            {
                var parameters = new { Id = id };
                await LockAsync(transaction, id);
                var remains = new List<Action>();
                foreach (var removal in removals)
                {
                    var (refusal, clear) = await removal.RemoveAsync(transaction, id);
                    remains.Add(refusal is null ? clear : throw new RefusedException(refusal));
                }
                var connection = transaction.Connection!;
                await connection.ExecuteAsync("delete from project_tags where project_id = @Id", parameters, transaction);
                await connection.ExecuteAsync("delete from projects where id = @Id", parameters, transaction);
                return remains;
            }, cancellationToken);
            remains.ForEach(clear => clear());
            return null;
        }
        catch (RefusedException refused)
        {
            return refused.Message;
        }
    }

    private static async Task<ProjectDetail?> ChangeAsync(DbTransaction transaction, string id, Func<ProjectDetail, ProjectDetail> change)
    {
        if (await LockAsync(transaction, id) is not { } known)
        {
            return null;
        }
        var changed = change(known);
        var row = Row.Of(changed);
        var connection = transaction.Connection!;
        await connection.ExecuteAsync("""
            update projects set name = @Name, description = @Description, owner = @Owner, dataset_name = @DatasetName,
                training_yaml_name = @TrainingYamlName, status = @Status, updated_at = @UpdatedAt
            where id = @Id
            """, row, transaction);
        await connection.ExecuteAsync("delete from project_tags where project_id = @Id", row, transaction);
        await TagAsync(transaction, changed);
        return changed;
    }

    private static async Task<ProjectDetail?> LockAsync(DbTransaction transaction, string id)
    {
        var connection = transaction.Connection!;
        var parameters = new { Id = id };
        await connection.ExecuteAsync("update projects set status = status where id = @Id", parameters, transaction);
        var row = await connection.QueryFirstOrDefaultAsync<Row>($"select {Columns} from projects where id = @Id", parameters, transaction);
        return row is null ? null : (await WithTagsAsync(connection, [row], transaction))[0];
    }

    private static Task<int> TagAsync(DbTransaction transaction, ProjectDetail project) => transaction.Connection!.ExecuteAsync(
        "insert into project_tags (project_id, tag, place) values (@Id, @Tag, @Place)",
        project.Tags.Select((tag, place) => new { project.Id, Tag = tag, Place = (long)place }), transaction);

    private static async Task<IReadOnlyList<ProjectDetail>> WithTagsAsync(
        DbConnection connection, List<Row> rows, DbTransaction? transaction = null)
    {
        if (rows.Count == 0)
        {
            return [];
        }
        var parameters = new DynamicParameters();
        var ids = SqlList.Add(parameters, "id", rows.Select(row => row.Id));
        var tags = (await connection.QueryAsync<TagRow>(
            $"select project_id as ProjectId, tag as Tag from project_tags where project_id in {ids} order by place", parameters, transaction))
            .ToLookup(row => row.ProjectId, row => row.Tag);
        return [.. rows.Select(row => row.ToDetail([.. tags[row.Id]]))];
    }

    /// <summary>Takes the transaction back, with what others have removed in it before.</summary>
    private sealed class RefusedException(string message) : Exception(message);

    private sealed class TagRow
    {
        public string ProjectId { get; init; } = "";

        public string Tag { get; init; } = "";
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Description { get; init; } = "";

        public string Owner { get; init; } = "";

        public string DatasetName { get; init; } = "";

        public string TrainingYamlName { get; init; } = "";

        public string Status { get; init; } = "";

        public long CreatedAt { get; init; }

        public long UpdatedAt { get; init; }

        public long RunsCount { get; init; }

        public static Row Of(ProjectDetail project) => new()
        {
            Id = project.Id,
            Name = project.Name,
            Description = project.Description,
            Owner = project.Owner,
            DatasetName = project.DatasetName,
            TrainingYamlName = project.TrainingYamlName,
            Status = project.Status,
            CreatedAt = project.CreatedAt.ToUnixTimeMilliseconds(),
            UpdatedAt = project.UpdatedAt.ToUnixTimeMilliseconds(),
        };

        public ProjectDetail ToDetail(IReadOnlyList<string> tags) => new()
        {
            Id = Id,
            Name = Name,
            Description = Description,
            Owner = Owner,
            Tags = tags,
            DatasetName = DatasetName,
            TrainingYamlName = TrainingYamlName,
            Status = Status,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(UpdatedAt),
            RunsCount = RunsCount,
        };
    }
}
