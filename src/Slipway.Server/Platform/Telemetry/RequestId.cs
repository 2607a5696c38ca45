using System.Buffers;

namespace Slipway.Server.Platform.Telemetry;

/// <summary>The name under which client, log and answer speak of the same request.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";

    private const int Longest = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:");

    /// <summary>The client's own id where it can stand in a log line as it is; else a new one.</summary>
    public static string Of(string? sent) =>
        sent is { Length: > 0 and <= Longest } && !sent.AsSpan().ContainsAnyExcept(Allowed)
            ? sent
            : Guid.CreateVersion7().ToString("n");
}
