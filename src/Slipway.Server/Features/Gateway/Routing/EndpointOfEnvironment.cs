namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>A SageMaker endpoint that two environment variables name: a gateway without any configuration.</summary>
internal static class EndpointOfEnvironment
{
    public const string Kind = "sagemaker";

    public static IEnumerable<(string Name, RouteOptions Route)> Routes(IConfiguration configuration)
    {
        var model = configuration["MODEL"];
        var endpoint = configuration["SAGEMAKER_ENDPOINT_NAME"] ?? model;
        var region = configuration["AWS_REGION"] ?? configuration["AWS_DEFAULT_REGION"];
        if (string.IsNullOrWhiteSpace(endpoint) || string.IsNullOrWhiteSpace(region))
        {
            yield break;
        }

        var name = string.IsNullOrWhiteSpace(model) ? endpoint : model;
        yield return (name, new RouteOptions
        {
            Aliases = name == endpoint ? [] : [endpoint],
            Upstreams = [new UpstreamOptions { Kind = Kind, Name = endpoint, Region = region }],
        });
    }
}
