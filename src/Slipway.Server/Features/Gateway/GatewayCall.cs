namespace Slipway.Server.Features.Gateway;

/// <summary>Which OpenAI endpoint was called.</summary>
internal enum GatewayOperation
{
    ChatCompletion,
    Completion,
    Embedding,
}

/// <summary>A call as it came in, looked at only as far as every upstream needs it.</summary>
internal sealed record GatewayCall
{
    public required GatewayOperation Operation { get; init; }

    /// <summary>The request's JSON object as the client sent it, UTF-8, known to be well-formed.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The model's public name: what the client wrote, and what every answer says.</summary>
    public required string Model { get; init; }

    /// <summary>Where the value of <c>model</c> stands in <see cref="Body"/>, quotes included, so that it can be replaced in place.</summary>
    public required Range ModelAt { get; init; }

    /// <summary>Whether the client asked for a stream.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether the client asked for usage at the end of its stream. Upstreams are always asked for it.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>The id under which this request is logged and answered.</summary>
    public required string RequestId { get; init; }
}
