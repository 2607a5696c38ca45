using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Datasets;

/// <summary>All SQL about the files of datasets and what was found in them.</summary>
internal sealed class FileStore(ServerDatabase database, TimeProvider clock)
{
    public const string Columns = """
        id as Id, dataset_id as DatasetId, name as Name, state as State, bytes as Bytes, sha256 as Sha256, created_at as CreatedAt,
        uploaded_at as UploadedAt, records as Records
        """;

    public Task<FileRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.QueryFirstOrDefaultAsync<FileRow>(
            $"select {Columns} from dataset_files where id = @Id", new { Id = id }), cancellationToken);

    /// <summary>Notes a file, open or arrived. Returns false when its dataset is gone.</summary>
    public Task<bool> TryAddAsync(FileRow file, CancellationToken cancellationToken) => database.WriteAsync(async transaction =>
    {
        if (!await LockAsync(transaction, file.DatasetId))
        {
            return false;
        }
        await transaction.Connection!.ExecuteAsync("""
            insert into dataset_files (id, dataset_id, name, state, bytes, sha256, created_at, uploaded_at)
            values (@Id, @DatasetId, @Name, @State, @Bytes, @Sha256, @CreatedAt, @UploadedAt)
            """, file, transaction);
        return true;
    }, cancellationToken);

    /// <summary>Notes that an open file is whole. Returns false when it was given up meanwhile.</summary>
    public Task<bool> TryArriveAsync(FileRow file, CancellationToken cancellationToken) => database.WriteAsync(async transaction =>
        await transaction.Connection!.ExecuteAsync(
            $"update dataset_files set state = '{FileStates.Arrived}', sha256 = @Sha256, uploaded_at = @UploadedAt where id = @Id and state = '{FileStates.Open}'",
            file, transaction) == 1, cancellationToken);

    /// <summary>Makes an arrived file, which is in its place now, a file of its dataset: a new version of it.</summary>
    public Task<bool> KeepAsync(FileRow file, CancellationToken cancellationToken) => database.WriteAsync(async transaction =>
    {
        if (!await LockAsync(transaction, file.DatasetId))
        {
            return false;
        }
        await transaction.Connection!.ExecuteAsync(
            $"update dataset_files set state = '{FileStates.Kept}' where id = @Id", new { file.Id }, transaction);
        await RenewVersionAsync(transaction, file.DatasetId);
        return true;
    }, cancellationToken);

    /// <summary>Takes a file away: an open one stops, a kept one leaves its dataset.</summary>
    public Task<(ChangeOutcome Outcome, FileRow? File)> RemoveAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync<(ChangeOutcome, FileRow?)>(async transaction =>
        {
            var file = await transaction.Connection!.QueryFirstOrDefaultAsync<FileRow>(
                $"select {Columns} from dataset_files where id = @Id", new { Id = id }, transaction);
            if (file is null || !await LockAsync(transaction, file.DatasetId))
            {
                return (ChangeOutcome.Unknown, null);
            }
            if (file.State == FileStates.Kept && await RunsUsing.AnyAsync(transaction, file.DatasetId))
            {
                return (ChangeOutcome.InUse, file);
            }
            await transaction.Connection!.ExecuteAsync("delete from dataset_lengths where file_id = @Id", new { Id = id }, transaction);
            await transaction.Connection!.ExecuteAsync("delete from dataset_files where id = @Id", new { Id = id }, transaction);
            await RenewVersionAsync(transaction, file.DatasetId);
            return (ChangeOutcome.Done, file);
        }, cancellationToken);

    /// <summary>Files that a crash kept from becoming one of their dataset's.</summary>
    public Task<List<FileRow>> ArrivedAsync(CancellationToken cancellationToken) => database.ReadAsync(async connection =>
        (await connection.QueryAsync<FileRow>($"select {Columns} from dataset_files where state = '{FileStates.Arrived}'")).AsList(),
        cancellationToken);

    /// <summary>Kept files that nobody has looked through.</summary>
    public Task<List<FileRow>> UnseenAsync(CancellationToken cancellationToken) => database.ReadAsync(async connection =>
        (await connection.QueryAsync<FileRow>(
            $"select {Columns} from dataset_files where state = '{FileStates.Kept}' and report is null order by uploaded_at")).AsList(),
        cancellationToken);

    public Task SaveReportAsync(string id, string report, long? records, CancellationToken cancellationToken) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            "update dataset_files set report = @Report, records = @Records where id = @Id",
            new { Id = id, Report = report, Records = records }, transaction), cancellationToken);

    /// <summary>What was found in these files, by their ids; files not looked through yet are missing.</summary>
    public Task<Dictionary<string, string>> ReportsAsync(IReadOnlyList<FileRow> files, CancellationToken cancellationToken) =>
        QueryReportsAsync("select id as Id, report as Text from dataset_files where report is not null and id in ", files, "", cancellationToken);

    public Task<Dictionary<string, string>> LengthsAsync(
        IReadOnlyList<FileRow> files, string tokenizer, CancellationToken cancellationToken) => QueryReportsAsync(
        "select file_id as Id, report as Text from dataset_lengths where tokenizer = @Tokenizer and file_id in ", files, tokenizer,
        cancellationToken);

    /// <summary>Of a file that was removed meanwhile, nothing is kept.</summary>
    public Task SaveLengthsAsync(string fileId, string tokenizer, string report, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var key = new { FileId = fileId, Tokenizer = tokenizer, Report = report };
            await transaction.Connection!.ExecuteAsync(
                "delete from dataset_lengths where file_id = @FileId and tokenizer = @Tokenizer", key, transaction);
            return await transaction.Connection!.ExecuteAsync("""
                insert into dataset_lengths (file_id, tokenizer, report)
                select id, @Tokenizer, @Report from dataset_files where id = @FileId
                """, key, transaction);
        }, cancellationToken);

    private Task<Dictionary<string, string>> QueryReportsAsync(
        string sql, IReadOnlyList<FileRow> files, string tokenizer, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection =>
        {
            var parameters = new DynamicParameters(new { Tokenizer = tokenizer });
            var ids = SqlList.Add(parameters, "id", files.Select(file => file.Id));
            return files.Count == 0
                ? []
                : (await connection.QueryAsync<Report>(sql + ids, parameters)).ToDictionary(row => row.Id, row => row.Text);
        }, cancellationToken);

    // Changes of one dataset's files wait for one another here: each counts the files that the one before left.
    private async Task<bool> LockAsync(DbTransaction transaction, string datasetId) => await transaction.Connection!.ExecuteAsync(
        "update datasets set updated_at = @Now where id = @Id",
        new { Id = datasetId, Now = clock.GetUtcNow().ToUnixTimeMilliseconds() }, transaction) == 1;

    private static async Task RenewVersionAsync(DbTransaction transaction, string datasetId)
    {
        var files = await transaction.Connection!.QueryAsync<FileRow>(
            $"select {Columns} from dataset_files where dataset_id = @Id and state = '{FileStates.Kept}'", new { Id = datasetId }, transaction);
        await transaction.Connection!.ExecuteAsync(
            "update datasets set version = @Version where id = @Id", new { Id = datasetId, Version = VersionOf(files.AsList()) }, transaction);
    }

    private static string VersionOf(List<FileRow> files)
    {
        // As JSON a name cannot look like the end of its line.
        var lines = files.Select(file => $"{file.Sha256} {JsonSerializer.Serialize(file.Name)}\n").Order(StringComparer.Ordinal);
        return files.Count == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    private sealed class Report
    {
        public string Id { get; init; } = "";

        public string Text { get; init; } = "";
    }
}
