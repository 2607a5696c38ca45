using System.Net;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Limits;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Tests.Features.Gateway.Limits;

public sealed class LimiterTests : IDisposable
{
    private readonly DataSite _site = new();
    private readonly HandClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Requests_are_admitted_up_to_the_limit_and_again_as_time_passes()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Rpm = 6 });

        var burst = await server.AdmittedAsync(key, 20);
        var refusal = await RefusalAsync(server, key);
        _clock.Move(TimeSpan.FromSeconds(9.9));
        var tooEarly = await server.AdmittedAsync(key, 5);
        _clock.Move(TimeSpan.FromSeconds(0.2));
        var one = await server.AdmittedAsync(key, 5);
        _clock.Move(TimeSpan.FromHours(1));
        var full = await server.AdmittedAsync(key, 20);

        Assert.Equal((6, 0, 1, 6), (burst, tooEarly, one, full));
        Assert.Equal((429, "rate_limit_error", "rate_limit_exceeded"), (refusal.Error.Status, refusal.Error.Type, refusal.Error.Code));
        Assert.Equal(10, refusal.Error.RetryAfter!.Value.TotalSeconds, 3);
        Assert.Equal(0, refusal.Headers.Requests!.Value.Remaining);
    }

    [Fact]
    public async Task Tokens_are_kept_before_and_settled_after_to_what_was_used()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Tpm = 1000 });

        var first = await server.Limiter.EnterAsync(key, "m", 900, Token);
        var whileKept = await RefusalAsync(server, key, tokens: 200);
        first.Settle(new TokenUsage(50, 50));
        first.Dispose();
        using var second = await server.Limiter.EnterAsync(key, "m", 900, Token);

        Assert.Equal(100, first.Headers.Tokens!.Value.Remaining);
        Assert.Equal(6, whileKept.Error.RetryAfter!.Value.TotalSeconds, 3);
        Assert.Equal(0, second.Headers.Tokens!.Value.Remaining);
    }

    [Fact]
    public async Task A_call_that_used_more_than_was_thought_is_paid_off_by_later_ones()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Tpm = 600 });
        var call = await server.Limiter.EnterAsync(key, "m", 10, Token);
        _clock.Move(TimeSpan.FromMinutes(5));
        call.Settle(new TokenUsage(0, 1210));
        call.Dispose();

        var refusal = await RefusalAsync(server, key, tokens: 10);

        // 1200 more than kept, from a bucket of 600: 610 are missing until there are 10.
        Assert.Equal(61, refusal.Error.RetryAfter!.Value.TotalSeconds, 3);
    }

    [Fact]
    public async Task A_call_that_is_thought_to_need_more_than_a_minute_gives_waits_for_a_full_bucket()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Tpm = 100 });

        using (var call = await server.Limiter.EnterAsync(key, "m", 100_000, Token))
        {
            call.Settle(new TokenUsage(5, 5));
        }
        var refusal = await RefusalAsync(server, key, tokens: 100_000);

        Assert.Equal(6, refusal.Error.RetryAfter!.Value.TotalSeconds, 3);
    }

    [Fact]
    public async Task A_call_that_came_to_nothing_gives_its_tokens_back_and_costs_nothing()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Tpm = 100 });

        (await server.Limiter.EnterAsync(key, "m", 100, Token)).Dispose();
        using var next = await server.Limiter.EnterAsync(key, "m", 100, Token);

        Assert.Equal(0, server.Ledger.SpendOf(key.Id).Total);
    }

    [Fact]
    public async Task A_call_is_settled_once_and_ended_once()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock, ("Gateway:Prices:m:Completion", "1"));
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Tpm = 100, Concurrency = 1 });

        var call = await server.Limiter.EnterAsync(key, "m", 100, Token);
        call.Settle(new TokenUsage(0, 10));
        call.Settle(new TokenUsage(0, 10));
        call.Dispose();
        call.Dispose();
        call.Settle(new TokenUsage(0, 10));
        using var next = await server.Limiter.EnterAsync(key, "m", 1, Token);

        Assert.Equal(10_000, server.Ledger.SpendOf(key.Id).Total);
        Assert.Equal(89, next.Headers.Tokens!.Value.Remaining);
        Assert.Equal("rate_limit_error", (await RefusalAsync(server, key)).Error.Type);
    }

    [Fact]
    public async Task An_upstream_that_counts_below_zero_pays_nothing_back()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock, ("Gateway:Prices:m:Completion", "1"));
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Tpm = 100 });

        using (var call = await server.Limiter.EnterAsync(key, "m", 100, Token))
        {
            call.Settle(new TokenUsage(int.MinValue, -1, int.MaxValue, -5));
        }

        Assert.Equal(0, server.Ledger.SpendOf(key.Id).Total);
    }

    [Fact]
    public async Task As_many_calls_run_at_once_as_the_key_allows()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Concurrency = 2 });

        var first = await server.Limiter.EnterAsync(key, "m", 1, Token);
        using var second = await server.Limiter.EnterAsync(key, "m", 1, Token);
        var refusal = await RefusalAsync(server, key);
        first.Dispose();
        using var third = await server.Limiter.EnterAsync(key, "m", 1, Token);

        Assert.Contains("2 calls in progress", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_clients_at_once_get_no_more_than_the_limit()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Rpm = 100 });

        var admitted = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => server.AdmittedAsync(key, 50), Token)));

        Assert.Equal(100, admitted.Sum());
    }

    [Fact]
    public async Task A_used_up_budget_is_insufficient_quota_and_stays_so_after_a_restart()
    {
        string secret;
        HttpStatusCode before;
        string body;
        await using (var server = await AccessServer.StartAsync(_site, null, ("Gateway:Prices:m:Prompt", "100"), ("Gateway:Prices:m:Completion", "100")))
        {
            // A call is 30 tokens at 100 USD per million: 0.003 USD.
            secret = (await server.MakeKeyAsync(new KeyTerms { Name = "alice", BudgetUsd = 0.005m })).Secret;
            before = await server.StatusAsync(secret);
            await server.StatusAsync(secret);
            using var refused = await server.CallAsync(secret);
            body = await refused.Content.ReadAsStringAsync(Token);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }

        await using var restarted = await AccessServer.StartAsync(_site);

        Assert.Equal(HttpStatusCode.OK, before);
        Assert.Contains("insufficient_quota", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, await restarted.StatusAsync(secret));
        Assert.Equal(0.006m, Assert.Single(await restarted.Keys.ListAsync(Token)).SpentUsd);
    }

    [Fact]
    public async Task What_is_in_flight_counts_against_the_budget()
    {
        await using var server = await AccessServer.StartAsync(_site, null, ("Gateway:Prices:m:Completion", "1000"));
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", BudgetUsd = 1 });

        using var first = await server.Limiter.EnterAsync(key, "m", 1000, Token);
        var refusal = await RefusalAsync(server, key);
        first.Dispose();
        using var second = await server.Limiter.EnterAsync(key, "m", 1000, Token);

        Assert.Equal(OpenAiErrorTypes.Quota, refusal.Error.Type);
        Assert.Null(refusal.Error.RetryAfter);
    }

    [Fact]
    public async Task Answers_and_refusals_tell_what_is_left()
    {
        await using var server = await AccessServer.StartAsync(_site, _clock);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice", Rpm = 1, Tpm = 600 });

        using var admitted = await server.CallAsync(issued.Secret);
        using var refused = await server.CallAsync(issued.Secret);

        Assert.Equal("1", Header(admitted, "x-ratelimit-limit-requests"));
        Assert.Equal("0", Header(admitted, "x-ratelimit-remaining-requests"));
        Assert.Equal("1m0s", Header(admitted, "x-ratelimit-reset-requests"));
        Assert.Equal("600", Header(admitted, "x-ratelimit-limit-tokens"));
        Assert.Equal("570", Header(admitted, "x-ratelimit-remaining-tokens"));
        Assert.Equal("3s", Header(admitted, "x-ratelimit-reset-tokens"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("0", Header(refused, "x-ratelimit-remaining-requests"));
    }

    private static string Header(HttpResponseMessage response, string name) => Assert.Single(response.Headers.GetValues(name));

    private static Task<LimitException> RefusalAsync(AccessServer server, ApiKey key, int tokens = 1) =>
        Assert.ThrowsAsync<LimitException>(async () => (await server.Limiter.EnterAsync(key, "m", tokens, Token)).Dispose());
}
