using System.Data.Common;
using Dapper;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>What putting a piece of a journal into the books came to.</summary>
/// <param name="Position">Up to where the journal is in the books now.</param>
/// <param name="Costs">What was added per key.</param>
/// <param name="Spent">What the books say per key.</param>
/// <param name="Damaged">Lines that could not be read.</param>
internal sealed record Folding(
    long Position, IReadOnlyDictionary<string, long> Costs, IReadOnlyDictionary<string, long> Spent, int Damaged);

/// <summary>All SQL about usage.</summary>
internal sealed class UsageStore(ServerDatabase database)
{
    private const int Piece = 1 << 20;

    /// <summary>Rows that a question about usage is answered with at most.</summary>
    public const int MostRows = 10_000;

    /// <summary>
    /// Puts the next piece of a journal into the books. Where it stands is read and written in the same transaction:
    /// however often this is tried, by whomever and whenever it is killed, every line is counted once.
    /// </summary>
    public Task<Folding> FoldAsync(JournalFile journal, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction =>
        {
            var (connection, dialect) = (transaction.Connection!, database.Dialect);
            var position = await connection.QueryFirstOrDefaultAsync<long?>(
                "select position from usage_journals where id = @Id", new { journal.Id }, transaction) ?? 0;
            var buffer = new byte[(int)Math.Clamp(journal.Length - position, 0, Piece)];
            var (sums, length, damaged) = UsageSum.AddUp(buffer.AsSpan(0, journal.Read(buffer, position)));
            var costs = sums.GroupBy(sum => sum.KeyId).ToDictionary(group => group.Key, group => group.Sum(sum => sum.Cost));
            if (length > 0)
            {
                await AddAsync(transaction, sums, costs);
                await connection.ExecuteAsync($"""
                    insert into usage_journals (id, position) values (@Id, @Position)
                    {dialect.OnConflict("id")} position = {dialect.New("position")}
                    """, new { journal.Id, Position = position + length }, transaction);
            }
            return new Folding(position + length, costs, await SpentAsync(transaction), damaged);
        }, cancellationToken);

    /// <summary>Forgets a journal whose file is gone.</summary>
    public Task ForgetAsync(string journal, CancellationToken cancellationToken) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync("delete from usage_journals where id = @Id", new { Id = journal }, transaction),
        cancellationToken);

    /// <param name="from">The first day, as <c>2026-01-31</c>.</param>
    /// <param name="to">The last day.</param>
    /// <param name="key">An id; null for every key.</param>
    /// <param name="model">Null for every model.</param>
    /// <param name="cancellationToken">The client is gone.</param>
    /// <returns>By day, key and model; one more row than <see cref="MostRows"/> when there are more.</returns>
    public Task<List<UsageSum>> QueryAsync(string from, string to, string? key, string? model, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (await connection.QueryAsync<UsageSum>("""
            select key_id as KeyId, model as Model, day as Day, requests as Requests, prompt as Prompt, completion as Completion,
                cached as Cached, reasoning as Reasoning, cost as Cost
            from usage_days
            where day between @From and @To and key_id = coalesce(@Key, key_id) and model = coalesce(@Model, model)
            order by day, key_id, model limit @Most
            """, new { From = from, To = to, Key = key, Model = model, Most = (long)MostRows + 1 })).AsList(), cancellationToken);

    private async Task AddAsync(DbTransaction transaction, List<UsageSum> sums, Dictionary<string, long> costs)
    {
        var dialect = database.Dialect;
        await transaction.Connection!.ExecuteAsync($"""
            insert into usage_days (key_id, model, day, requests, prompt, completion, cached, reasoning, cost)
            values (@KeyId, @Model, @Day, @Requests, @Prompt, @Completion, @Cached, @Reasoning, @Cost)
            {dialect.OnConflict("key_id", "model", "day")}
                requests = usage_days.requests + {dialect.New("requests")},
                prompt = usage_days.prompt + {dialect.New("prompt")},
                completion = usage_days.completion + {dialect.New("completion")},
                cached = usage_days.cached + {dialect.New("cached")},
                reasoning = usage_days.reasoning + {dialect.New("reasoning")},
                cost = usage_days.cost + {dialect.New("cost")}
            """, sums, transaction);
        await transaction.Connection!.ExecuteAsync($"""
            insert into spend (key_id, cost) values (@Key, @Value)
            {dialect.OnConflict("key_id")} cost = spend.cost + {dialect.New("cost")}
            """, costs.OrderBy(pair => pair.Key, StringComparer.Ordinal), transaction);
    }

    private static async Task<IReadOnlyDictionary<string, long>> SpentAsync(DbTransaction transaction) =>
        (await transaction.Connection!.QueryAsync<SpendRow>("select key_id as KeyId, cost as Cost from spend", transaction: transaction))
            .ToDictionary(row => row.KeyId, row => row.Cost, StringComparer.Ordinal);

    private sealed class SpendRow
    {
        public string KeyId { get; init; } = "";

        public long Cost { get; init; }
    }
}
