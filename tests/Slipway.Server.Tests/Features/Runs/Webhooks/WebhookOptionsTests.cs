using Slipway.Server.Features.Runs.Webhooks;

namespace Slipway.Server.Tests.Features.Runs.Webhooks;

public sealed class WebhookOptionsTests
{
    private const string Secret = "0123456789abcdef";

    [Theory]
    [InlineData("ftp://example.com/", Secret, "failed", "begins with https:// or http://")]
    [InlineData("/hook", Secret, "failed", "begins with https:// or http://")]
    [InlineData("https://u:p@example.com/", Secret, "failed", "a user name or password")]
    [InlineData("http://127.0.0.1/", Secret, "failed", "set AllowPrivate to true")]
    [InlineData("http://0x7f.1/", Secret, "failed", "set AllowPrivate to true")]
    [InlineData("http://2130706433/", Secret, "failed", "set AllowPrivate to true")]
    [InlineData("http://[::ffff:10.0.0.1]/", Secret, "failed", "set AllowPrivate to true")]
    [InlineData("https://example.com/", "short", "failed", "Secret has 5 characters; at least 16")]
    [InlineData("https://example.com/", Secret, "ended", "Events has 'ended'; accepted are succeeded, failed, cancelled, lost")]
    public void A_target_that_cannot_work_is_refused_without_showing_it(string url, string secret, string happening, string words)
    {
        var target = new WebhookTarget { Url = url, Secret = secret, Events = [happening] };

        var result = new WebhookTargetsValidator().Validate(null, new WebhookOptions { Webhooks = [target] });

        var failure = Assert.Single(result.Failures!);
        Assert.StartsWith("Training:Webhooks:0:", failure, StringComparison.Ordinal);
        Assert.Contains(words, failure, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_address_twice_is_refused()
    {
        var target = new WebhookTarget { Url = "https://example.com/", Secret = Secret };

        var result = new WebhookTargetsValidator().Validate(null, new WebhookOptions { Webhooks = [target, target] });

        Assert.Contains("twice", Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_target_stops_the_start()
    {
        using var errors = new StringWriter();

        var code = await SlipwayServer.RunAsync(
            new ServerOptions { Ports = [0] }, ["--Training:Webhooks:0:Url=nowhere", $"--Training:Webhooks:0:Secret={Secret}"], errors, TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Contains("Training:Webhooks:0:Url is none", errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, errors.ToString(), StringComparison.Ordinal);
    }
}
