using System.Data.Common;
using Dapper;

namespace Slipway.Server.Features.Runs;

/// <summary>What Slipway itself has to say about a run. Its changes of state are among them, all of them.</summary>
/// <param name="Text">One line, for people.</param>
/// <param name="Level"><c>info</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Status">The state that the run has from here on; null where it stays as it is.</param>
/// <param name="IsEnding">Whether it stands behind the attempt's output, not before it.</param>
internal sealed record RunEvent(string Text, string Level = RunEvent.Info, string? Status = null, bool IsEnding = false)
{
    public const string Info = "info";
    public const string Warning = "warning";
    public const string Error = "error";

    /// <summary>Writes them down behind those that there are. The caller has changed the run's row before, which keeps others out.</summary>
    public static async Task AppendAsync(
        DbTransaction transaction, string runId, long attempt, DateTimeOffset at, params IReadOnlyList<RunEvent> events)
    {
        var connection = transaction.Connection!;
        var last = await connection.ExecuteScalarAsync<long>(
            "select coalesce(max(number), 0) from run_events where run_id = @RunId", new { RunId = runId }, transaction);
        await connection.ExecuteAsync("""
            insert into run_events (run_id, number, attempt, at, level, status, is_ending, text)
            values (@RunId, @Number, @Attempt, @At, @Level, @Status, @IsEnding, @Text)
            """,
            events.Select((one, place) => new
            {
                RunId = runId,
                Number = last + place + 1,
                Attempt = attempt,
                At = at.ToUnixTimeMilliseconds(),
                one.Level,
                one.Status,
                IsEnding = one.IsEnding ? 1L : 0L,
                // A zero byte is what PostgreSQL takes in no text.
                Text = one.Text.ReplaceLineEndings(" ").Replace('\0', ' '),
            }),
            transaction);
        await connection.ExecuteAsync(
            "update runs set log_count = log_count + @Count where id = @RunId", new { RunId = runId, Count = (long)events.Count }, transaction);
    }
}

/// <summary>A row of <c>run_events</c>.</summary>
internal sealed record RunEventRow
{
    public const string Columns = """
        number as Number, attempt as Attempt, at as At, level as Level, status as Status, is_ending as IsEnding, text as Text
        """;

    public long Number { get; init; }

    public long Attempt { get; init; }

    public long At { get; init; }

    public string Level { get; init; } = "";

    public string? Status { get; init; }

    public long IsEnding { get; init; }

    public string Text { get; init; } = "";
}
