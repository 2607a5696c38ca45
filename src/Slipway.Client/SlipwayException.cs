using System.Net;
using Slipway.Client.Errors;

namespace Slipway.Client;

/// <summary>The server refused or failed, or its answer broke off; the message is the server's own sentence.</summary>
public sealed class SlipwayException : Exception
{
    public SlipwayException()
    {
    }

    public SlipwayException(string message)
        : base(message)
    {
    }

    public SlipwayException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The status of the answer; null when no whole answer came.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>What the answer's body says under <c>detail</c>, or its text when it is not of that form.</summary>
    public string Detail => Message;

    /// <summary>Every fault of the request, where the server listed them (422).</summary>
    public IReadOnlyList<BodyFault> Faults { get; init; } = [];

    /// <summary>Under which id the server's log has this request.</summary>
    public string? RequestId { get; init; }

    /// <summary>After how long another try makes sense, where the server said so.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
