using System.Diagnostics;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Limits;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Redis;

namespace Slipway.Server.Tests.Features.Gateway.Limits;

/// <summary>Two gateways and a real Redis between them.</summary>
public sealed class SharedLimitsTests : IDisposable
{
    private readonly DataSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Twenty_clients_of_two_gateways_get_one_limit()
    {
        using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis);
        (int Admitted, int Most) got;
        var attempts = 0;
        do
        {
            // On a machine so busy that Redis seems gone each gateway admits its share, as it should: that is not what is asked here.
            got = await AdmitAsync($"alice-{attempts}");
        }
        while (++attempts < 5 && new[] { one, two }.Sum(server => server.Log.Lines.Count(line => line.EventId == 2152)) >= attempts);

        Assert.InRange(got.Admitted, 100, got.Most);

        async Task<(int Admitted, int Most)> AdmitAsync(string name)
        {
            var key = await one.EnrolAsync(new KeyTerms { Name = name, Rpm = 100 });
            var watch = Stopwatch.StartNew();
            var admitted = await Task.WhenAll(Enumerable.Range(0, 20).Select(client =>
                Task.Run(() => (client % 2 == 0 ? one : two).AdmittedAsync(key, 20), Token)));
            // What flows into the bucket while the test runs may be had too.
            return (admitted.Sum(), 100 + (int)Math.Ceiling(watch.Elapsed.TotalMinutes * 100));
        }
    }

    [Fact]
    public async Task Tokens_are_shared_and_settled()
    {
        using var redis = await RedisServer.StartAsync(password: "s3cret");
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis);
        var key = await one.EnrolAsync(new KeyTerms { Name = "alice", Tpm = 1000 });

        var first = await one.Limiter.EnterAsync(key, "m", 900, Token);
        var whileKept = await Assert.ThrowsAsync<LimitException>(async () => await two.Limiter.EnterAsync(key, "m", 500, Token));
        first.Settle(new TokenUsage(50, 50));
        first.Dispose();
        await two.UntilAsync(async () =>
        {
            using var probe = await two.Limiter.EnterAsync(key, "m", 0, Token);
            return probe.Headers.Tokens!.Value.Remaining >= 900;
        });

        Assert.InRange(whileKept.Error.RetryAfter!.Value.TotalSeconds, 20, 24.1);
    }

    [Fact]
    public async Task Calls_at_once_are_counted_across_gateways()
    {
        using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis);
        var key = await one.EnrolAsync(new KeyTerms { Name = "alice", Concurrency = 2 });

        var first = await one.Limiter.EnterAsync(key, "m", 1, Token);
        using var second = await two.Limiter.EnterAsync(key, "m", 1, Token);
        var refused = await one.AdmittedAsync(key, 1) + await two.AdmittedAsync(key, 1);
        first.Dispose();

        Assert.Equal(0, refused);
        await two.UntilAsync(async () => await two.AdmittedAsync(key, 1) == 1);
    }

    [Fact]
    public async Task A_redis_that_dies_leaves_each_gateway_its_share_and_one_line_in_the_log()
    {
        using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis);
        var key = await one.EnrolAsync(new KeyTerms { Name = "alice", Rpm = 100 });
        await one.AdmittedAsync(key, 1);
        redis.Kill();
        await one.UntilAsync(() => Task.FromResult(!one.Get<RedisLink>().IsUp && !two.Get<RedisLink>().IsUp));
        var watch = Stopwatch.StartNew();

        var alone = await one.AdmittedAsync(key, 60);
        var took = watch.Elapsed;
        await redis.RestartAsync();
        await one.UntilAsync(() => Task.FromResult(one.Get<RedisLink>().IsUp));

        Assert.InRange(alone, 50, 52);
        Assert.True(took < TimeSpan.FromSeconds(10), $"Sixty calls took {took}.");
        Assert.Single(one.Log.Lines, line => line.EventId == 2152);
        Assert.Equal(2, one.Log.Lines.Count(line => line.EventId == 2151));
        Assert.Equal(1, await one.AdmittedAsync(key, 1));
    }

    [Fact]
    public async Task A_redis_that_hangs_costs_one_wait_and_not_one_per_call()
    {
        using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        var key = await one.EnrolAsync(new KeyTerms { Name = "alice", Rpm = 1000 });
        await one.AdmittedAsync(key, 1);
        redis.Signal("STOP");
        var watch = Stopwatch.StartNew();

        var admitted = await one.AdmittedAsync(key, 50);
        var took = watch.Elapsed;
        redis.Signal("CONT");
        await one.UntilAsync(() => Task.FromResult(one.Get<RedisLink>().IsUp));

        Assert.Equal(50, admitted);
        Assert.True(took < TimeSpan.FromSeconds(10), $"Fifty calls took {took}.");
        Assert.Single(one.Log.Lines, line => line.EventId == 2152);
    }

    [Fact]
    public async Task A_redis_that_is_not_there_at_start_holds_nobody_up()
    {
        await using var server = await AccessServer.StartAsync(_site, null, ("Redis:ConnectionString", "127.0.0.1:1"));
        var key = await server.EnrolAsync(new KeyTerms { Name = "alice", Rpm = 5 });

        Assert.Equal(5, await server.AdmittedAsync(key, 10));
    }

    [Theory]
    [InlineData("localhost", "localhost:6379")]
    [InlineData("cache:7000,password=a=b,ssl=true,abortConnect=false", "cache:7000")]
    [InlineData("redis://user:p%40ss@cache/2", "cache:6379")]
    [InlineData("rediss://:pass@cache:7001", "cache:7001")]
    public void An_address_is_read_in_either_form_and_shown_without_its_password(string text, string shown) =>
        Assert.Equal(shown, RedisAddress.Parse(text).ToString());

    [Theory]
    [InlineData(",")]
    [InlineData("host:port")]
    [InlineData("host:99999,password=s3cret")]
    [InlineData("host,color=s3cret")]
    [InlineData("http://s3cret@host")]
    public void What_is_no_address_is_refused_without_being_repeated(string text) =>
        Assert.DoesNotContain("s3cret", Assert.Throws<ServerStartException>(() => RedisAddress.Parse(text)).Message, StringComparison.Ordinal);

    private async Task<AccessServer> StartAsync(RedisServer redis)
    {
        var server = await AccessServer.StartAsync(
            _site, null, ("Redis:ConnectionString", redis.ConnectionString), ("Gateway:Limits:AssumedGateways", "2"));
        await server.UntilAsync(() => Task.FromResult(server.Get<RedisLink>().IsUp));
        return server;
    }
}
