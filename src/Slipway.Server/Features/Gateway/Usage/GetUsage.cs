using System.Globalization;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>GET /usage: what was used per key, model and day.</summary>
internal static class GetUsage
{
    private const int DaysByDefault = 30;

    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/usage", Handle)
        .WithSummary("Usage and cost per key, model and day (UTC)").Produces<UsageReport>().Produces<ErrorBody>(StatusCodes.Status400BadRequest);

    internal static async Task<IResult> Handle(
        string? from, string? to, string? key, string? model, UsageLedger ledger, UsageStore store, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        if (!TryDay(to, today, out var last) || !TryDay(from, DaysBefore(last), out var first) || first > last)
        {
            return ErrorResult.BadRequest(
                "'from' and 'to' are days such as 2026-01-31, 'from' not after 'to'; left out they mean the last 30 days.");
        }
        // Whoever asks sees what ended a moment ago.
        await ledger.FoldAsync(cancellationToken);
        var sums = await store.QueryAsync(Text(first), Text(last), key, model, cancellationToken);
        return TypedResults.Ok(new UsageReport(
            [.. sums.Take(UsageStore.MostRows).Select(ToRow)], IsTruncated: sums.Count > UsageStore.MostRows));
    }

    private static bool TryDay(string? text, DateOnly otherwise, out DateOnly day)
    {
        day = otherwise;
        return text is null || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
    }

    private static DateOnly DaysBefore(DateOnly last) => DateOnly.FromDayNumber(Math.Max(0, last.DayNumber + 1 - DaysByDefault));

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static UsageRow ToRow(UsageSum sum) => new(
        sum.Day, sum.KeyId, sum.Model, sum.Requests, sum.Prompt, sum.Completion, sum.Cached, sum.Reasoning, sum.Cost / KeyIssuer.Nano);
}

/// <param name="Usage">By day, key and model.</param>
/// <param name="IsTruncated">There are more rows than one answer holds: ask for fewer days.</param>
internal sealed record UsageReport(IReadOnlyList<UsageRow> Usage, bool IsTruncated);

/// <param name="Day">In UTC.</param>
/// <param name="KeyId">The key's id; <c>none</c> for calls without a key.</param>
/// <param name="Model">Its public name.</param>
/// <param name="Requests">Calls.</param>
/// <param name="PromptTokens">Cached ones included.</param>
/// <param name="CompletionTokens">Reasoning included.</param>
/// <param name="CachedTokens">Of the prompts.</param>
/// <param name="ReasoningTokens">Of the answers.</param>
/// <param name="CostUsd">By the prices at the time.</param>
internal sealed record UsageRow(
    string Day, string KeyId, string Model, long Requests, long PromptTokens, long CompletionTokens, long CachedTokens,
    long ReasoningTokens, decimal CostUsd);
