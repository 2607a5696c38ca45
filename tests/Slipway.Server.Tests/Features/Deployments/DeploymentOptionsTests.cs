using Slipway.Server.Features.Deployments;

namespace Slipway.Server.Tests.Features.Deployments;

public sealed class DeploymentOptionsTests
{
    private readonly DeploymentOptionsValidator _validator = new();

    [Fact]
    public void What_nobody_has_set_is_accepted()
    {
        var result = _validator.Validate(null, new DeploymentOptions());

        Assert.True(result.Succeeded, result.FailureMessage);
    }

    [Fact]
    public void A_host_must_be_an_address_and_the_last_port_not_before_the_first()
    {
        var result = _validator.Validate(null, new DeploymentOptions { Host = "moon", FirstPort = 9000, LastPort = 8999, LogBytes = 1 });

        Assert.Contains("'moon'", result.FailureMessage, StringComparison.Ordinal);
        Assert.Contains("8999", result.FailureMessage, StringComparison.Ordinal);
        Assert.Contains("LogBytes", result.FailureMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:8200")]
    [InlineData("::1", "http://[::1]:8200")]
    public void An_address_is_called_as_addresses_are_written(string host, string url) =>
        Assert.Equal(url, new DeploymentOptions { Host = host }.UrlOf(8200));
}
