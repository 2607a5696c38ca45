using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws;

public sealed class SecretsManagerClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"Name":"n","VersionId":"v1","SecretString":"{\"bedrock-access-gateway-apikey\":\"kéy\"}"}""", """{"bedrock-access-gateway-apikey":"kéy"}""")]
    [InlineData("""{"Name":"n","VersionId":"v1","SecretBinary":"a8OpeQ=="}""", "kéy")]
    public async Task A_secret_is_read_as_text_or_as_bytes(string answer, string expected)
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Secrets["prod/gateway key+=@!"] = answer;

        var secret = await bench.Secrets.GetSecretValueAsync("prod/gateway key+=@!", Cancellation);

        Assert.Equal(expected, secret.Text);
        Assert.Equal("v1", secret.VersionId);
        Assert.DoesNotContain("kéy", secret.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_token_is_signed_and_sent()
    {
        var borrowed = new StandInKey("ASIABORROWED", "secret/with+signs", "a long/token==");
        await using var bench = await AwsBench.StartAsync(new FixedCredentials(borrowed));
        bench.StandIn.Keys[borrowed.Id] = borrowed;
        bench.StandIn.Secrets["s"] = """{"SecretString":"x","VersionId":"1"}""";

        Assert.Equal("x", (await bench.Secrets.GetSecretValueAsync("s", Cancellation)).Text);
    }

    [Fact]
    public async Task An_ARN_is_asked_in_its_own_region_China_included()
    {
        const string Arn = "arn:aws-cn:secretsmanager:cn-northwest-1:123456789012:secret:gateway-AbCdEf";
        await using var bench = await AwsBench.StartAsync(region: "cn-northwest-1", settings: new() { ["AWS_REGION"] = "us-east-1" });
        bench.StandIn.Secrets[Arn] = """{"SecretString":"x","VersionId":"1"}""";

        Assert.Equal("x", (await bench.Secrets.GetSecretValueAsync(Arn, Cancellation)).Text);
    }

    [Fact]
    public async Task A_missing_secret_is_named_by_its_code()
    {
        await using var bench = await AwsBench.StartAsync();

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Secrets.GetSecretValueAsync("none", Cancellation));

        Assert.Equal("ResourceNotFoundException", error.Code);
        Assert.Equal(400, error.Status);
    }

    [Fact]
    public async Task A_wrong_secret_key_is_refused_by_the_signature()
    {
        await using var bench = await AwsBench.StartAsync(new FixedCredentials(AwsStandIn.Key with { Secret = "another" }));

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Secrets.GetSecretValueAsync("s", Cancellation));

        Assert.Equal("InvalidSignatureException", error.Code);
        Assert.Empty(bench.StandIn.Calls);
    }

    [Fact]
    public async Task A_clock_that_is_an_hour_off_is_refused()
    {
        var clock = new ManualClock();
        clock.Advance(TimeSpan.FromHours(-1));
        await using var bench = await AwsBench.StartAsync(clock: clock);

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Secrets.GetSecretValueAsync("s", Cancellation));

        Assert.StartsWith("Secrets Manager: InvalidSignatureException: Signature expired", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"SecretString":7}""")]
    [InlineData("""{"SecretBinary":"%%%"}""")]
    [InlineData("<html>topsecret</html>")]
    [InlineData("")]
    public async Task An_answer_that_is_none_is_an_error_that_repeats_nothing_of_it(string answer)
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Secrets["s"] = answer;

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Secrets.GetSecretValueAsync("s", Cancellation));

        Assert.Equal(AwsErrorCodes.BrokenAnswer, error.Code);
        Assert.DoesNotContain("topsecret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var bench = await AwsBench.StartAsync();
        bench.StandIn.Secrets["s"] = new string(' ', 1 << 20);

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Secrets.GetSecretValueAsync("s", Cancellation));

        Assert.Equal(AwsErrorCodes.AnswerTooLarge, error.Code);
    }

    [Fact]
    public async Task Nobody_listening_is_an_error_without_the_address()
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1" });

        var error = await Assert.ThrowsAsync<AwsException>(() => bench.Secrets.GetSecretValueAsync("s", Cancellation));

        Assert.Equal(AwsErrorCodes.Unreachable, error.Code);
        Assert.DoesNotContain("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("User: arn:aws:sts::123456789012:assumed-role/R/i is not authorized", "User: (removed) is not authorized")]
    [InlineData("See https://us-east-1.console.aws.amazon.com/x in account 123456789012.", "See (removed) in account (removed).")]
    [InlineData("key AKIAIOSFODNN7EXAMPLE\n\u0007", "key (removed)")]
    public void Words_of_AWS_lose_what_names_the_account(string words, string left) =>
        Assert.Equal($"X: Y: {left}", new AwsException("X", "Y", words).Message);
}
