using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>What targets have still to be told; all SQL about it.</summary>
internal sealed class WebhookOutbox(ServerDatabase database, IOptions<WebhookOptions> options, TimeProvider clock)
{
    /// <summary>
    /// Notes the end of a run for every target that wants to know, in the transaction that notes the end itself: neither
    /// is ever there without the other.
    /// </summary>
    /// <param name="transaction">The run's.</param>
    /// <param name="eventType">One of <see cref="WebhookEvents.All"/>.</param>
    /// <param name="runId">Which run.</param>
    /// <param name="bodyJson">What is posted, word for word.</param>
    public async Task AddAsync(DbTransaction transaction, string eventType, string runId, string bodyJson)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var target in options.Value.Webhooks.Where(target => target.Events.Count == 0 || target.Events.Contains(eventType)))
        {
            await transaction.Connection!.ExecuteAsync("""
                insert into webhook_outbox (id, target, event, run_id, body, created_at, attempts, next_at)
                values (@Id, @Target, @Event, @RunId, @Body, @CreatedAt, 0, @CreatedAt)
                """, new { Id = Guid.NewGuid().ToString(), Target = KeyOf(target), Event = eventType, RunId = runId, Body = bodyJson, CreatedAt = now }, transaction);
        }
    }

    /// <summary>By which a target's rows are found again after a restart.</summary>
    public static string KeyOf(WebhookTarget target) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target.Url)));

    /// <summary>What is due for a target, the longest overdue first.</summary>
    public Task<IReadOnlyList<WebhookRow>> DueAsync(string target, long now, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(async connection => (IReadOnlyList<WebhookRow>)(await connection.QueryAsync<WebhookRow>("""
            select id as Id, target as Target, event as Event, run_id as RunId, body as Body, created_at as CreatedAt,
                attempts as Attempts, next_at as NextAt
            from webhook_outbox where target = @Target and next_at <= @Now order by next_at limit @Limit
            """, new { Target = target, Now = now, Limit = limit })).AsList(), cancellationToken);

    /// <summary>
    /// Takes a row for one attempt; false when somebody else has it. Whoever has it and dies leaves it to be taken again at
    /// <paramref name="until"/>.
    /// </summary>
    public Task<bool> TryTakeAsync(WebhookRow row, long until, CancellationToken cancellationToken) =>
        database.WriteAsync(async transaction => await transaction.Connection!.ExecuteAsync(
            "update webhook_outbox set next_at = @Until, attempts = attempts + 1 where id = @Id and next_at = @NextAt",
            new { row.Id, row.NextAt, Until = until }, transaction) == 1, cancellationToken);

    /// <summary>Puts a row off.</summary>
    public Task<int> PutOffAsync(WebhookRow row, long until, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "update webhook_outbox set next_at = @Until where id = @Id", new { row.Id, Until = until }, transaction), cancellationToken);

    /// <summary>Removes a row that was delivered or given up.</summary>
    public Task<int> RemoveAsync(WebhookRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "delete from webhook_outbox where id = @Id", new { row.Id }, transaction), cancellationToken);

    /// <summary>Removes what was noted before <paramref name="before"/>: its target is in no configuration any more.</summary>
    public Task<int> ForgetAsync(long before, CancellationToken cancellationToken) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync(
            "delete from webhook_outbox where created_at < @Before", new { Before = before }, transaction), cancellationToken);
}

/// <summary>A row of <c>webhook_outbox</c>.</summary>
internal sealed record WebhookRow
{
    /// <summary>The same in every attempt: receivers know by it what they have already.</summary>
    public string Id { get; init; } = "";

    public string Target { get; init; } = "";

    public string Event { get; init; } = "";

    public string RunId { get; init; } = "";

    public string Body { get; init; } = "";

    public long CreatedAt { get; init; }

    /// <summary>Those before this one.</summary>
    public long Attempts { get; init; }

    public long NextAt { get; init; }
}
