using System.Net;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Tests.Features.Gateway.Keys;

public sealed class AccessGateTests : IDisposable
{
    private readonly DataSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Without_any_key_only_this_machine_is_let_in()
    {
        await using var server = await AccessServer.StartAsync(_site);

        using var handedOn = await server.CallAsync(null, headers: ("X-Forwarded-For", "203.0.113.9"));

        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(null));
        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("EMPTY"));
        Assert.Equal(HttpStatusCode.Unauthorized, handedOn.StatusCode);
        Assert.Contains("slipway keys create", await handedOn.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(null, headers: ("Forwarded", "for=203.0.113.9")));
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(null, headers: ("Host", "rebound.example")));
    }

    [Fact]
    public async Task With_a_key_everybody_needs_one()
    {
        await using var server = await AccessServer.StartAsync(_site);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice" });

        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(issued.Secret));
        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(null, headers: ("x-api-key", issued.Secret)));
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync("EMPTY"));
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(KeyText.Create()));
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(new string('x', 10_000)));
    }

    [Fact]
    public async Task A_mistyped_key_is_told_from_a_wrong_one_and_neither_is_repeated()
    {
        await using var server = await AccessServer.StartAsync(_site);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice" });

        using var mistyped = await server.CallAsync(issued.Secret[..^1] + (issued.Secret[^1] == 'x' ? 'y' : 'x'));

        var body = await mistyped.Content.ReadAsStringAsync(Token);
        Assert.Contains("checksum", body, StringComparison.Ordinal);
        Assert.Contains("invalid_api_key", body, StringComparison.Ordinal);
        Assert.DoesNotContain(issued.Secret[..20], body, StringComparison.Ordinal);
        Assert.DoesNotContain(issued.Secret[..20], server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_not_on_the_keys_list_is_403()
    {
        await using var server = await AccessServer.StartAsync(_site);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice", Models = ["qwen", "glm"] });

        using var refused = await server.CallAsync(issued.Secret, "llama");

        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(issued.Secret, "qwen"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("qwen, glm", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_key_is_401_and_does_not_open_the_door_for_everybody_here()
    {
        var clock = new HandClock();
        await using var server = await AccessServer.StartAsync(_site, clock);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice", ExpiresAt = clock.GetUtcNow().AddDays(30) });
        clock.Move(TimeSpan.FromDays(29));
        var before = await server.StatusAsync(issued.Secret);
        clock.Move(TimeSpan.FromDays(1));

        using var after = await server.CallAsync(issued.Secret);

        Assert.Equal(HttpStatusCode.OK, before);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Contains("expired", await after.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(null));
    }

    [Fact]
    public async Task Both_secrets_of_a_rotated_key_work_until_the_overlap_ends()
    {
        var clock = new HandClock();
        await using var server = await AccessServer.StartAsync(_site, clock);
        var old = await server.MakeKeyAsync(new KeyTerms { Name = "alice" });
        var renewed = await server.Keys.RotateAsync("alice", TimeSpan.FromHours(1), Token);
        await server.Get<KeyRing>().RefreshAsync(Token);
        var during = await server.StatusAsync(old.Secret);
        clock.Move(TimeSpan.FromHours(1));

        Assert.Equal(HttpStatusCode.OK, during);
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(old.Secret));
        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(renewed.Secret));
        Assert.Equal(old.Key.Id, renewed.Key.Id);
    }

    [Fact]
    public async Task A_running_server_follows_what_another_process_changes()
    {
        await using var server = await AccessServer.StartAsync(_site);
        await using var cabinet = await KeyCabinet.OpenAsync(_site.Settings(), TimeProvider.System, Token);
        var issued = await cabinet.CreateAsync(new KeyTerms { Name = "alice" }, Token);

        await server.UntilAsync(async () => await server.StatusAsync(issued.Secret) == HttpStatusCode.OK && await server.StatusAsync(null) == HttpStatusCode.Unauthorized);
        await cabinet.RevokeAsync("alice", Token);

        await server.UntilAsync(async () => await server.StatusAsync("anything") == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_database_that_breaks_keeps_nobody_out_and_is_told_of_once()
    {
        await using var server = await AccessServer.StartAsync(_site);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice" });
        foreach (var file in Directory.GetFiles(_site.Path, "slipway.db*"))
        {
            await using var broken = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            broken.Write(new byte[broken.Length]);
        }

        await server.UntilAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.EventId == 2102)));

        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(issued.Secret));
        Assert.Single(server.Log.Lines, line => line.EventId == 2102);
    }

    [Fact]
    public async Task Another_pepper_is_an_error_at_start()
    {
        await using (await AccessServer.StartAsync(_site))
        {
        }

        var refusal = await Assert.ThrowsAsync<ServerStartException>(
            () => AccessServer.StartAsync(_site, null, ("Auth:Pepper", "another pepper, long enough")));

        Assert.Contains("Auth:Pepper", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway:Prices:m:Prompt", "cheap")]
    [InlineData("API_KEY_CACHE_TTL", "an hour")]
    [InlineData("Auth:SecretGrace", "-1")]
    [InlineData("Auth:Pepper", "short")]
    [InlineData("Redis:ConnectionString", "host:port")]
    [InlineData("Database:Provider", "oracle")]
    public async Task What_is_configured_wrongly_is_said_at_start(string name, string value)
    {
        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => AccessServer.StartAsync(_site, null, (name, value)));

        Assert.StartsWith(name, refusal.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Keys_of_a_secret_are_let_in_beside_those_made_here()
    {
        await using var server = await AccessServer.StartAsync(_site, secret: """{"m/dev":"model-key"}""");
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice" });

        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync(issued.Secret));
        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("model-key", "m/dev"));
        Assert.Equal(HttpStatusCode.Forbidden, await server.StatusAsync("model-key", "other"));
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync("wrong"));
    }

    [Fact]
    public async Task While_a_secret_was_never_readable_a_key_that_may_be_in_it_is_503_and_nobody_gets_in_without()
    {
        await using var server = await AccessServer.StartAsync(_site, secret: "");

        using var maybe = await server.CallAsync("model-key");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, maybe.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await server.StatusAsync(null));
    }

    [Fact]
    public async Task A_key_that_was_seen_before_costs_neither_hash_nor_garbage()
    {
        await using var server = await AccessServer.StartAsync(_site);
        var issued = await server.MakeKeyAsync(new KeyTerms { Name = "alice" });
        var ring = server.Get<KeyRing>();
        ring.Find(issued.Secret, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            ring.Find(issued.Secret, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
