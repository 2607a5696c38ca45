using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws;

public sealed class AwsEndpointsTests
{
    [Theory]
    [InlineData("us-east-1", "https://runtime.sagemaker.us-east-1.amazonaws.com/")]
    [InlineData("cn-north-1", "https://runtime.sagemaker.cn-north-1.amazonaws.com.cn/")]
    [InlineData("cn-northwest-1", "https://runtime.sagemaker.cn-northwest-1.amazonaws.com.cn/")]
    [InlineData("us-gov-west-1", "https://runtime.sagemaker.us-gov-west-1.amazonaws.com/")]
    public async Task A_region_has_its_own_hosts_in_China_too(string region, string url)
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["AWS_ENDPOINT_URL"] = null });

        var endpoint = bench.Get<AwsEndpoints>().Find(AwsService.SageMakerRuntime, region);

        Assert.Equal(url, endpoint.Url.AbsoluteUri);
        Assert.Equal(region, endpoint.Region);
    }

    [Fact]
    public async Task What_manages_stacks_and_endpoints_has_hosts_of_its_own()
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["AWS_ENDPOINT_URL"] = null });

        var stacks = bench.Get<AwsEndpoints>().Find(AwsService.CloudFormation, "cn-north-1");
        var endpoints = bench.Get<AwsEndpoints>().Find(AwsService.SageMaker, "us-east-1");

        Assert.Equal("https://cloudformation.cn-north-1.amazonaws.com.cn/", stacks.Url.AbsoluteUri);
        Assert.Equal("https://api.sagemaker.us-east-1.amazonaws.com/", endpoints.Url.AbsoluteUri);
    }

    [Fact]
    public async Task What_manages_stacks_and_endpoints_can_be_elsewhere()
    {
        await using var bench = await AwsBench.StartAsync(settings: new()
        {
            ["AWS_ENDPOINT_URL_CLOUDFORMATION"] = "https://stacks.example.com",
            ["Aws:SageMakerEndpointUrl"] = "https://endpoints.example.com",
        });

        Assert.Equal("https://stacks.example.com/", bench.Get<AwsEndpoints>().Find(AwsService.CloudFormation, null).Url.AbsoluteUri);
        Assert.Equal("https://endpoints.example.com/", bench.Get<AwsEndpoints>().Find(AwsService.SageMaker, null).Url.AbsoluteUri);
    }

    [Theory]
    [InlineData("Aws:Region", "eu-west-1")]
    [InlineData("AWS_REGION", "us-east-1")]
    public async Task The_configured_region_wins_over_the_environment(string setting, string expected)
    {
        await using var bench = await AwsBench.StartAsync(settings: new()
        {
            [setting] = expected,
            ["AWS_DEFAULT_REGION"] = "sa-east-1",
        });

        Assert.Equal(expected, bench.Get<AwsEndpoints>().Find(AwsService.SecretsManager, null).Region);
    }

    [Fact]
    public async Task The_default_region_counts_where_no_other_is_set()
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["AWS_REGION"] = "", ["AWS_DEFAULT_REGION"] = "sa-east-1" });

        Assert.Equal("sa-east-1", bench.Get<AwsEndpoints>().Find(AwsService.SecretsManager, null).Region);
    }

    [Fact]
    public async Task No_region_at_all_is_said_with_its_remedy()
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["AWS_REGION"] = null });

        var error = Assert.Throws<AwsException>(() => bench.Get<AwsEndpoints>().Find(AwsService.SageMakerRuntime, null));

        Assert.Equal(AwsErrorCodes.NoRegion, error.Code);
        Assert.Contains("AWS_REGION", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example.com/")]
    [InlineData("us-east-1.evil.example.com")]
    [InlineData("us-east-1\n")]
    [InlineData("us-east-1@host-1")]
    [InlineData("mars")]
    public async Task Nothing_but_a_region_gets_into_a_host_name(string region)
    {
        await using var bench = await AwsBench.StartAsync();

        // Blanks around a value are not the value's.
        var find = () => bench.Get<AwsEndpoints>().Find(AwsService.SageMakerRuntime, region);

        if (region.Trim() == "us-east-1")
        {
            Assert.Equal("us-east-1", find().Region);
        }
        else
        {
            Assert.Contains("is not a region", Assert.Throws<AwsException>(find).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Aws:SecretsManagerEndpointUrl")]
    [InlineData("AWS_ENDPOINT_URL_SECRETS_MANAGER")]
    public async Task A_service_s_own_address_wins_over_that_for_all(string setting)
    {
        await using var bench = await AwsBench.StartAsync(settings: new()
        {
            [setting] = "https://vpce.example.com:8443/base",
            ["Aws:EndpointUrl"] = "https://all.example.com",
        });

        Assert.Equal("https://vpce.example.com:8443/base", bench.Get<AwsEndpoints>().Find(AwsService.SecretsManager, null).Url.AbsoluteUri);
        Assert.Equal("https://all.example.com/", bench.Get<AwsEndpoints>().Find(AwsService.SageMakerRuntime, null).Url.AbsoluteUri);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("not a url")]
    [InlineData("http://user:password@host")]
    [InlineData("http://host/?a=b")]
    public async Task An_address_that_is_none_is_refused_without_repeating_it(string url)
    {
        await using var bench = await AwsBench.StartAsync(settings: new() { ["AWS_ENDPOINT_URL"] = url });

        var error = Assert.Throws<AwsException>(() => bench.Get<AwsEndpoints>().Find(AwsService.SageMakerRuntime, null));

        Assert.Equal(AwsErrorCodes.BadEndpoint, error.Code);
        Assert.DoesNotContain("password", error.Message, StringComparison.Ordinal);
    }
}
