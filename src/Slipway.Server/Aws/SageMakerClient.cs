using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Server.Aws;

/// <summary>An endpoint as it is.</summary>
internal sealed record SageMakerEndpoint
{
    public required string Name { get; init; }

    /// <summary>Such as <c>InService</c>.</summary>
    public required string Status { get; init; }

    /// <summary>AWS's words, fit to be shown; null while nothing has failed.</summary>
    public string? FailureReason { get; init; }

    /// <summary>Of the configuration it runs.</summary>
    public string? ConfigName { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? ModifiedAt { get; init; }

    /// <summary>None before the first instance is asked for.</summary>
    public IReadOnlyList<SageMakerVariant> Variants { get; init; } = [];
}

/// <summary>A part of an endpoint with instances of its own.</summary>
/// <param name="Name">Such as <c>AllTraffic</c>.</param>
/// <param name="CurrentInstances">How many run; null where it is not said.</param>
/// <param name="DesiredInstances">How many shall run; null where it is not said.</param>
/// <param name="Status">Such as <c>Creating</c>; null when nothing is going on.</param>
internal sealed record SageMakerVariant(string Name, int? CurrentInstances, int? DesiredInstances, string? Status);

/// <summary>SageMaker's control plane, as far as it is needed. Endpoints are called through <see cref="SageMakerRuntimeClient"/>.</summary>
internal sealed class SageMakerClient(AwsControlPlane aws)
{
    private const int MostEndpoints = 10_000;
    private const int LargestPage = 100;

    /// <summary>An endpoint as it is; null when there is none.</summary>
    /// <param name="name">The endpoint's.</param>
    /// <param name="region">Null for the configured one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">It could not be asked for.</exception>
    public async Task<SageMakerEndpoint?> DescribeEndpointAsync(string name, string? region, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await CallAsync("DescribeEndpoint", new JsonObject { ["EndpointName"] = name }, region, cancellationToken);
            return Read(answer.RootElement);
        }
        catch (AwsException exception) when (IsAbsent(exception))
        {
            return null;
        }
    }

    /// <summary>The region's endpoints, by name, without variants and reasons.</summary>
    /// <param name="nameContains">Only those with this in their names; null for all.</param>
    /// <param name="region">Null for the configured one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">They could not be asked for.</exception>
    public Task<IReadOnlyList<SageMakerEndpoint>> ListEndpointsAsync(
        string? nameContains, string? region, CancellationToken cancellationToken) =>
        AwsPages.ReadAsync(AwsService.SageMaker, MostEndpoints, async token =>
        {
            var order = new JsonObject { ["SortBy"] = "Name", ["SortOrder"] = "Ascending", ["MaxResults"] = LargestPage };
            Add(order, "NameContains", nameContains);
            Add(order, "NextToken", token);
            using var answer = await CallAsync("ListEndpoints", order, region, cancellationToken);
            var endpoints = answer.RootElement.List("Endpoints")?.EnumerateArray().Select(Read) ?? throw Lacks("Endpoints");
            return new AwsPage<SageMakerEndpoint>([.. endpoints], answer.RootElement.Text("NextToken"));
        });

    private static bool IsAbsent(AwsException exception) =>
        exception.Code is "ResourceNotFound" or "ResourceNotFoundException"
        || (exception.Code == "ValidationException" && exception.Reason.StartsWith("Could not find", StringComparison.Ordinal));

    /// <summary>A member that is null would be refused.</summary>
    private static void Add(JsonObject order, string name, string? value)
    {
        if (value is not null)
        {
            order[name] = value;
        }
    }

    private async Task<JsonDocument> CallAsync(string action, JsonObject body, string? region, CancellationToken cancellationToken)
    {
        var answer = await aws.SendAsync(
            new AwsRequest
            {
                Service = AwsService.SageMaker,
                Region = region,
                ContentType = "application/x-amz-json-1.1",
                Headers = [("X-Amz-Target", $"SageMaker.{action}")],
                Body = Encoding.UTF8.GetBytes(body.ToJsonString()),
            },
            cancellationToken);
        try
        {
            return JsonDocument.Parse(answer);
        }
        catch (JsonException exception)
        {
            throw new AwsException(AwsService.SageMaker.Name, AwsErrorCodes.BrokenAnswer, "The answer is no JSON.", exception);
        }
    }

    private static SageMakerEndpoint Read(JsonElement json) => new()
    {
        Name = json.Text("EndpointName") ?? throw Lacks("EndpointName"),
        Status = json.Text("EndpointStatus") ?? throw Lacks("EndpointStatus"),
        FailureReason = json.Text("FailureReason") is { } reason ? AwsText.Redact(reason) : null,
        ConfigName = json.Text("EndpointConfigName"),
        CreatedAt = Time(json, "CreationTime"),
        ModifiedAt = Time(json, "LastModifiedTime"),
        Variants = [.. json.List("ProductionVariants")?.EnumerateArray().Select(Variant) ?? []],
    };

    private static SageMakerVariant Variant(JsonElement json) => new(
        json.Text("VariantName") ?? throw Lacks("VariantName"),
        json.Int("CurrentInstanceCount"),
        json.Int("DesiredInstanceCount"),
        json.List("VariantStatus") is { } states && states.GetArrayLength() > 0 ? states[0].Text("Status") : null);

    /// <summary>Seconds since 1970, with a fraction.</summary>
    private static DateTimeOffset? Time(JsonElement json, string name) =>
        json.Any(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var seconds)
        && seconds is >= 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(seconds * 1000))
            : null;

    private static AwsException Lacks(string member) =>
        new(AwsService.SageMaker.Name, AwsErrorCodes.BrokenAnswer, $"The answer lacks {member}.");
}
