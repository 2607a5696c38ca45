using System.Text.RegularExpressions;

namespace Slipway.Server.Aws;

/// <summary>Where a service is in a region.</summary>
/// <param name="Service">The service.</param>
/// <param name="Url">Scheme, host and port, perhaps a path to put before every other.</param>
/// <param name="Region">The region that signatures name.</param>
internal sealed record AwsEndpoint(AwsService Service, Uri Url, string Region);

/// <summary>Finds services: by their usual names, in China too, or wherever configuration says.</summary>
internal sealed partial class AwsEndpoints(IConfiguration configuration, IOptionsMonitor<AwsOptions> options)
{
    /// <param name="service">Which service.</param>
    /// <param name="region">Such as <c>cn-northwest-1</c>; null for the configured one.</param>
    /// <exception cref="AwsException">There is no region, or the region or the configured address is none.</exception>
    public AwsEndpoint Find(AwsService service, string? region)
    {
        var name = RegionOr(region) ?? throw new AwsException(
            service.Name, AwsErrorCodes.NoRegion, "No region is set. Set AWS_REGION, such as us-east-1 or cn-northwest-1.");
        return Region().IsMatch(name)
            ? new AwsEndpoint(service, Override(service) ?? new Uri($"https://{service.Host}.{name}.{SuffixOf(name)}"), name)
            : throw new AwsException(
                service.Name, AwsErrorCodes.NoRegion, $"'{name}' is not a region. A region looks like us-east-1 or cn-northwest-1.");
    }

    /// <summary>The domain of a region's services.</summary>
    public static string SuffixOf(string region) =>
        region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";

    private string? RegionOr(string? region) =>
        FirstSet(region, options.CurrentValue.Region, configuration["AWS_REGION"], configuration["AWS_DEFAULT_REGION"]);

    private Uri? Override(AwsService service)
    {
        var text = FirstSet(
            service.EndpointOption(options.CurrentValue),
            configuration[service.EndpointVariable],
            options.CurrentValue.EndpointUrl,
            configuration["AWS_ENDPOINT_URL"]);
        if (text is null)
        {
            return null;
        }
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { Query: "", UserInfo: "" }
            ? url
            : throw new AwsException(service.Name, AwsErrorCodes.BadEndpoint,
                $"The address in {service.EndpointVariable} or AWS_ENDPOINT_URL is no http or https URL without a query.");
    }

    private static string? FirstSet(params ReadOnlySpan<string?> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (!string.IsNullOrWhiteSpace(candidate))
            {
                return candidate.Trim();
            }
        }
        return null;
    }

    // A region becomes part of a host name: nothing else may get into it.
    [GeneratedRegex(@"\A[a-z]{2,8}(-[a-z]{2,12}){1,3}-[0-9]{1,2}\z")]
    private static partial Regex Region();
}
