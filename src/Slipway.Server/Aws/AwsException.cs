namespace Slipway.Server.Aws;

/// <summary>A call of an AWS service came to nothing: it was refused, its answer broke off, or it never got there.</summary>
/// <param name="service">Which service, such as <c>Secrets Manager</c>.</param>
/// <param name="code">AWS's own word, such as <c>ThrottlingException</c>, or one of <see cref="AwsErrorCodes"/>.</param>
/// <param name="reason">What AWS said; account ids, ARNs and addresses in it are blotted out here.</param>
/// <param name="inner">What it came of.</param>
internal sealed class AwsException(string service, string code, string reason, Exception? inner = null)
    : Exception($"{service}: {code}: {AwsText.Redact(reason)}", inner)
{
    public string Service { get; } = service;

    public string Code { get; } = code;

    /// <summary>What AWS said, blotted out as in <see cref="Exception.Message"/>, without the service and the code.</summary>
    public string Reason { get; } = AwsText.Redact(reason);

    /// <summary>HTTP status of the answer, 0 where none came.</summary>
    public int Status { get; init; }

    /// <summary>How long AWS asks to wait before another try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Which kind of <see cref="Code"/>, such as <c>ModelInvocationTimeExceeded</c>.</summary>
    public string? Detail { get; init; }

    /// <summary>AWS's answer as it came. It names accounts and addresses: to be looked into, never to be shown.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }
}

/// <summary>What goes wrong before or after AWS has a say.</summary>
internal static class AwsErrorCodes
{
    public const string NoCredentials = "NoCredentials";
    public const string NoRegion = "NoRegion";
    public const string BadEndpoint = "BadEndpoint";
    public const string Unreachable = "Unreachable";
    public const string ConnectTimeout = "ConnectTimeout";
    public const string BrokenAnswer = "BrokenAnswer";
    public const string AnswerTooLarge = "AnswerTooLarge";
    public const string CallTimeout = "CallTimeout";
}
