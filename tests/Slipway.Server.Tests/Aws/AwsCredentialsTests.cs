using Amazon.Runtime;
using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws;

/// <summary>When keys are fetched, and who waits for that.</summary>
public sealed class AwsCredentialsTests
{
    private static readonly StandInKey First = new("AKIDFIRST", "one", "token 1");
    private static readonly StandInKey Second = new("AKIDSECOND", "two", "token 2");

    private readonly ManualClock _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_calls_at_the_start_fetch_once()
    {
        var gate = new TaskCompletionSource();
        var source = new FixedCredentials(First) { Gate = gate.Task };
        var credentials = Make(source);

        var calls = Enumerable.Range(0, 100).Select(_ => credentials.GetAsync(Cancellation).AsTask()).ToList();
        gate.SetResult();
        var keys = await Task.WhenAll(calls);

        Assert.All(keys, key => Assert.Equal("AKIDFIRST", key.AccessKey));
        Assert.Equal(1, source.Fetched);
    }

    [Fact]
    public async Task A_key_is_fetched_anew_before_it_ends_and_nobody_waits_for_it()
    {
        var end = _clock.GetUtcNow() + TimeSpan.FromHours(1);
        var source = new FixedCredentials(First, Second) { Expires = number => number == 0 ? end : end + TimeSpan.FromHours(1) };
        var credentials = Make(source);
        _ = await credentials.GetAsync(Cancellation);
        var gate = new TaskCompletionSource();
        source.Gate = gate.Task;

        _clock.Advance(TimeSpan.FromMinutes(56));
        var early = credentials.GetAsync(Cancellation);

        Assert.True(early.IsCompletedSuccessfully);
        Assert.Equal("AKIDFIRST", (await early).AccessKey);
        gate.SetResult();
        Assert.Equal("AKIDSECOND", await EventuallyAsync(credentials, "AKIDSECOND"));
        Assert.Equal(2, source.Fetched);
    }

    [Fact]
    public async Task A_key_that_ended_is_never_handed_out()
    {
        var end = _clock.GetUtcNow() + TimeSpan.FromHours(1);
        var credentials = Make(new FixedCredentials(First, Second) { Expires = number => number == 0 ? end : null });
        _ = await credentials.GetAsync(Cancellation);

        _clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal("AKIDSECOND", (await credentials.GetAsync(Cancellation)).AccessKey);
    }

    [Fact]
    public async Task Without_any_source_the_remedy_is_named_and_the_search_is_not_repeated_for_every_call()
    {
        var source = new FixedCredentials();
        var credentials = Make(source);

        var error = await Assert.ThrowsAsync<AwsException>(async () => await credentials.GetAsync(Cancellation));
        await Assert.ThrowsAsync<AwsException>(async () => await credentials.GetAsync(Cancellation));

        Assert.Equal(AwsErrorCodes.NoCredentials, error.Code);
        Assert.Contains("AWS_ACCESS_KEY_ID", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, source.Fetched);
        _clock.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<AwsException>(async () => await credentials.GetAsync(Cancellation));
        Assert.Equal(2, source.Fetched);
    }

    [Fact]
    public async Task A_caller_that_leaves_does_not_end_the_fetch_for_the_others()
    {
        var gate = new TaskCompletionSource();
        var credentials = Make(new FixedCredentials(First) { Gate = gate.Task });
        using var leaving = new CancellationTokenSource();
        var left = credentials.GetAsync(leaving.Token).AsTask();
        var stayed = credentials.GetAsync(Cancellation).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        gate.SetResult();
        Assert.Equal("AKIDFIRST", (await stayed).AccessKey);
    }

    [Fact]
    public async Task A_key_that_AWS_takes_back_early_is_fetched_anew_and_the_call_is_sent_again()
    {
        await using var bench = await AwsBench.StartAsync(new FixedCredentials(First, Second));
        bench.StandIn.Keys[Second.Id] = Second;
        bench.StandIn.Secrets["s"] = """{"SecretString":"kept","VersionId":"1"}""";

        var secret = await bench.Secrets.GetSecretValueAsync("s", Cancellation);

        Assert.Equal("kept", secret.Text);
        Assert.Equal("UnrecognizedClientException", Assert.Single(bench.StandIn.Refusals).Type);
        Assert.Equal(Second.Id, Assert.Single(bench.StandIn.Calls).KeyId);
    }

    private AwsCredentials Make(AwsCredentialSource source) =>
        new(source, _clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<AwsCredentials>.Instance);

    /// <summary>The background fetch ends on another thread: asks until its key is handed out.</summary>
    private static async Task<string> EventuallyAsync(AwsCredentials credentials, string expected)
    {
        ImmutableCredentials key;
        do
        {
            await Task.Yield();
            key = await credentials.GetAsync(Cancellation);
        }
        while (key.AccessKey != expected);
        return key.AccessKey;
    }
}
