using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Logs;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>How far an attempt's files were read, and what is known from what was read. Written with the figures themselves.</summary>
internal sealed record ReaderState
{
    /// <summary>Bytes of the output.</summary>
    public long Output { get; init; }

    public FollowedPosition TrainerLog { get; init; }

    public MetricState Metrics { get; init; } = new();

    // A loss that is no number waits for its step like any other.
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static ReaderState Of(string? json) => json is null ? new() : JsonSerializer.Deserialize<ReaderState>(json, Json) ?? new();

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>All SQL about figures.</summary>
internal sealed class FigureStore(ServerDatabase database, TimeProvider clock)
{
    /// <summary>Points that one answer holds at most.</summary>
    public const int MostPoints = 100_000;

    /// <summary>Writes down what was read, with how far: of a reader that is killed and begins again nothing is lost and nothing doubled.</summary>
    public Task NoteAsync(RunRow run, long lines, MetricBatch batch, ReaderState state, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var connection = transaction.Connection!;
            var parameters = new
            {
                run.Id,
                run.Attempt,
                Lines = lines,
                State = state.ToJson(),
                Progress = batch.Progress?.Progress,
                batch.Progress?.Step,
                batch.Progress?.TotalSteps,
                batch.Progress?.Epoch,
                Eta = batch.Progress?.Remaining?.TotalSeconds,
            };
            await connection.ExecuteAsync("""
                update runs set
                    log_count = log_count + @Lines - (select log_lines from run_attempts where run_id = @Id and number = @Attempt),
                    progress = coalesce(@Progress, progress), step = coalesce(@Step, step), total_steps = coalesce(@TotalSteps, total_steps),
                    epoch = coalesce(@Epoch, epoch), eta_seconds = @Eta
                where id = @Id and attempt = @Attempt
                """, parameters, transaction);
            await connection.ExecuteAsync(
                "update run_attempts set log_lines = @Lines, reader = @State where run_id = @Id and number = @Attempt", parameters, transaction);
            if (batch.Points.Count == 0)
            {
                return 0;
            }
            var last = await connection.ExecuteScalarAsync<long>(
                "select coalesce(max(number), 0) from run_metrics where run_id = @Id", parameters, transaction);
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            await connection.ExecuteAsync("""
                insert into run_metrics (run_id, number, attempt, name, step, epoch, value, at, source)
                values (@Id, @Number, @Attempt, @Name, @Step, @Epoch, @Value, @At, @Source)
                """, batch.Points.Select((point, place) => new
            {
                run.Id,
                Number = last + place + 1,
                run.Attempt,
                point.Name,
                point.Step,
                point.Epoch,
                Value = double.IsFinite(point.Value) ? point.Value : (double?)null,
                At = now,
                Source = NameOf(point.Source),
            }), transaction);
            return await connection.ExecuteAsync(
                "update runs set metrics = @Metrics where id = @Id and attempt = @Attempt",
                new { run.Id, run.Attempt, Metrics = await NewestAsync(run, batch, transaction) }, transaction);
        }, cancellationToken);

    /// <summary>Points in the order in which they came. Of a series that several sources tell only the best one is given.</summary>
    public Task<List<RunMetricPoint>> SeriesAsync(string runId, string? name, long? attempt, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<Row>($"""
            select name as Name, attempt as Attempt, step as Step, epoch as Epoch, value as Value, at as At, source as Source
            from run_metrics where run_id = @RunId {(name is null ? "" : "and name = @Name")} {(attempt is null ? "" : "and attempt = @Attempt")}
            order by number limit @Most
            """, new { RunId = runId, Name = name, Attempt = attempt, Most = (long)MostPoints })).Select(row => row.ToPoint())
            .GroupBy(point => (point.Attempt, point.Name))
            .SelectMany(series => series.GroupBy(point => point.Source).MaxBy(group => RankOf(group.Key))!)
            .ToList(), cancellationToken);

    public static string NameOf(MetricSource source) => source switch
    {
        MetricSource.Pushed => "pushed",
        MetricSource.TrainerLog => "trainer_log",
        MetricSource.LogLine => "log",
        MetricSource.ProgressBar => "progress_bar",
        _ => "trainer_state",
    };

    private static MetricSource RankOf(string source) => Enum.GetValues<MetricSource>().First(one => NameOf(one) == source);

    private static async Task<string> NewestAsync(RunRow run, MetricBatch batch, System.Data.Common.DbTransaction transaction)
    {
        var json = await transaction.Connection!.ExecuteScalarAsync<string?>("select metrics from runs where id = @Id", run, transaction);
        var newest = JsonSerializer.Deserialize<Dictionary<string, double>>(json ?? "{}")!;
        foreach (var point in batch.Points)
        {
            // A number that is none has no place in JSON; the series tells of it.
            if (double.IsFinite(point.Value))
            {
                newest[point.Name] = point.Value;
            }
            else
            {
                newest.Remove(point.Name);
            }
        }
        return JsonSerializer.Serialize(newest);
    }

    private sealed class Row
    {
        public string Name { get; init; } = "";

        public long Attempt { get; init; }

        public long? Step { get; init; }

        public double? Epoch { get; init; }

        public double? Value { get; init; }

        public long At { get; init; }

        public string Source { get; init; } = "";

        public RunMetricPoint ToPoint() => new()
        {
            Name = Name,
            Attempt = (int)Attempt,
            Step = Step,
            Epoch = Epoch,
            Value = Value,
            At = DateTimeOffset.FromUnixTimeMilliseconds(At),
            Source = Source,
        };
    }
}
