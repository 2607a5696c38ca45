using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Auth;

public sealed class SecretKeysTests
{
    private readonly HandClock _clock = new();
    private readonly Safe _safe = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain-key")]
    [InlineData("  plain-key\n")]
    [InlineData("\"plain-key\"")]
    [InlineData("""["other","plain-key"]""")]
    [InlineData("""{"bedrock-access-gateway-apikey":"plain-key"}""")]
    [InlineData("""{"bedrock-access-gateway-apikey":["plain-key","next"]}""")]
    public async Task Every_form_of_the_secret_is_understood(string text)
    {
        _safe.Text = text;
        var keys = Keys();

        var (finding, key) = await keys.FindAsync("plain-key", Token);

        Assert.Equal(SecretFinding.Valid, finding);
        Assert.Null(key!.Models);
        Assert.DoesNotContain("plain-key", key.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_for_models_may_call_those_only()
    {
        _safe.Text = """{"Qwen3-8B/dev":"one","Qwen3-8B/blue":"one","GLM/dev":"two"}""";
        var keys = Keys();

        var (_, key) = await keys.FindAsync("one", Token);

        Assert.True(key!.MayUse("Qwen3-8B/dev"));
        Assert.True(key.MayUse("Qwen3-8B/blue"));
        Assert.False(key.MayUse("GLM/dev"));
    }

    [Fact]
    public async Task What_was_read_is_used_for_its_time_and_no_longer()
    {
        _safe.Text = "one";
        var keys = Keys();
        await keys.FindAsync("one", Token);
        _safe.Text = "two";
        _clock.Move(TimeSpan.FromMinutes(59));
        var before = await keys.FindAsync("one", Token);
        _clock.Move(TimeSpan.FromMinutes(2));

        var after = await keys.FindAsync("one", Token);

        Assert.Equal(SecretFinding.Valid, before.Finding);
        Assert.Equal(SecretFinding.Unknown, after.Finding);
        Assert.Equal(2, _safe.Reads);
    }

    [Fact]
    public async Task A_rotated_key_works_at_once_and_a_flood_of_wrong_ones_costs_one_look_in_thirty_seconds()
    {
        _safe.Text = "one";
        var keys = Keys();
        await keys.FindAsync("one", Token);
        _clock.Move(TimeSpan.FromMinutes(5));
        _safe.Text = "two";

        var rotated = await keys.FindAsync("two", Token);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(SecretFinding.Unknown, (await keys.FindAsync($"wrong {i}", Token)).Finding);
        }
        var readsOfFlood = _safe.Reads;
        _clock.Move(TimeSpan.FromSeconds(31));
        await keys.FindAsync("wrong", Token);

        Assert.Equal(SecretFinding.Valid, rotated.Finding);
        Assert.Equal(2, readsOfFlood);
        Assert.Equal(3, _safe.Reads);
    }

    [Fact]
    public async Task While_the_secret_cannot_be_read_its_keys_are_honoured_for_the_grace_and_no_longer()
    {
        _safe.Text = "one";
        var keys = Keys();
        await keys.FindAsync("one", Token);
        _safe.Text = null;
        _clock.Move(TimeSpan.FromHours(23));
        var inGrace = await keys.FindAsync("one", Token);
        var unknown = await keys.FindAsync("two", Token);
        _clock.Move(TimeSpan.FromHours(2));
        var afterwards = await keys.FindAsync("one", Token);
        _safe.Text = "one";
        _clock.Move(TimeSpan.FromSeconds(31));

        var back = await keys.FindAsync("one", Token);

        Assert.Equal(SecretFinding.Valid, inGrace.Finding);
        Assert.Equal(SecretFinding.Unknown, unknown.Finding);
        Assert.Equal(SecretFinding.Unavailable, afterwards.Finding);
        Assert.Equal(SecretFinding.Valid, back.Finding);
    }

    [Theory]
    [InlineData("{\"a\":")]
    [InlineData("[1,2]")]
    [InlineData("[]")]
    [InlineData("   ")]
    [InlineData("{\"a\":{\"b\":\"c\"}}")]
    public async Task A_secret_that_is_no_secret_takes_nothing_away_and_is_not_repeated(string broken)
    {
        _safe.Text = "one";
        var keys = Keys();
        await keys.FindAsync("one", Token);
        _safe.Text = broken;
        _clock.Move(TimeSpan.FromHours(2));

        var (finding, _) = await keys.FindAsync("one", Token);

        Assert.Equal(SecretFinding.Valid, finding);
        Assert.Throws<FormatException>(() => SecretText.Read(broken));
    }

    [Fact]
    public async Task A_hundred_requests_at_once_look_once()
    {
        _safe.Text = "one";
        _safe.Held = new TaskCompletionSource();
        var keys = Keys();

        var requests = Enumerable.Range(0, 100).Select(_ => keys.FindAsync("one", Token).AsTask()).ToList();
        _safe.Held.SetResult();
        var findings = await Task.WhenAll(requests);

        Assert.All(findings, found => Assert.Equal(SecretFinding.Valid, found.Finding));
        Assert.Equal(1, _safe.Reads);
    }

    [Fact]
    public async Task While_the_secret_does_not_answer_only_one_request_waits_for_it()
    {
        _safe.Text = "one";
        var keys = Keys();
        await keys.FindAsync("one", Token);
        _safe.Held = new TaskCompletionSource();
        _clock.Move(TimeSpan.FromHours(2));
        var first = await keys.FindAsync("one", Token);

        var next = keys.FindAsync("one", Token);

        Assert.True(next.IsCompleted);
        Assert.Equal((SecretFinding.Valid, SecretFinding.Valid), (first.Finding, (await next).Finding));
        _safe.Held.SetResult();
    }

    private SecretKeys Keys() => new(
        _safe, new SecretKeyOptions(TimeSpan.FromHours(1), TimeSpan.FromHours(24)), new Pepper(new byte[32]), _clock,
        NullLogger<SecretKeys>.Instance);

    private sealed class Safe : ISecretSource
    {
        private int _reads;

        /// <summary>Null when it cannot be read.</summary>
        public string? Text { get; set; }

        public TaskCompletionSource? Held { get; set; }

        public int Reads => _reads;

        public async Task<string> ReadAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            await (Held?.Task ?? Task.CompletedTask);
            return Text ?? throw new HttpRequestException("No route.");
        }
    }
}
