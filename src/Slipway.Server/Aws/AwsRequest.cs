namespace Slipway.Server.Aws;

/// <summary>A POST to an AWS service.</summary>
internal sealed record AwsRequest
{
    public required AwsService Service { get; init; }

    /// <summary>Null for the configured one.</summary>
    public string? Region { get; init; }

    /// <summary>Begins with a slash; of unreserved characters only.</summary>
    public string Path { get; init; } = "/";

    public required string ContentType { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public required ReadOnlyMemory<byte> Body { get; init; }
}
