using System.Security.Cryptography;

namespace Slipway.Server.Aws;

/// <summary>
/// Sends calls that manage things: few and small, with answers that are to be had whole. What fails for a moment is tried again, so
/// every call sent here must be one that does no harm when it arrives twice.
/// </summary>
internal sealed partial class AwsControlPlane(
    AwsHttp http, IOptions<AwsOptions> options, TimeProvider clock, ILogger<AwsControlPlane> logger)
{
    /// <summary>A page of an answer is 1 MB at most, before XML makes it longer.</summary>
    private const int LongestAnswer = 4 << 20;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    /// <summary>The answer of a success.</summary>
    /// <exception cref="AwsException">It was refused, or no try of several came through.</exception>
    public async Task<byte[]> SendAsync(AwsRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(request, cancellationToken);
            }
            catch (AwsException exception) when (attempt < options.Value.Attempts && IsPassing(exception))
            {
                LogTryAgain(request.Service.Name, exception.Code, attempt);
                await Task.Delay(Wait(attempt, exception.RetryAfter), clock, cancellationToken);
            }
        }
    }

    /// <summary>Whether the same call may well succeed a moment later.</summary>
    internal static bool IsPassing(AwsException exception) =>
        exception.Status is >= 500 or 429 || IsThrottling(exception) || exception.Code is
            AwsErrorCodes.Unreachable or AwsErrorCodes.ConnectTimeout or AwsErrorCodes.CallTimeout or AwsErrorCodes.BrokenAnswer;

    private static bool IsThrottling(AwsException exception) =>
        exception.Code is "Throttling" or "ThrottlingException" or "ThrottledException" or "RequestLimitExceeded"
            or "TooManyRequestsException" or "RequestThrottled" or "RequestThrottledException"
        || exception.Reason.StartsWith("Rate exceeded", StringComparison.OrdinalIgnoreCase);

    private async Task<byte[]> SendOnceAsync(AwsRequest request, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.Value.CallTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await http.SendAsync(request, either.Token);
            return await AwsBody.ReadAsync(request.Service, response, LongestAnswer, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AwsException(request.Service.Name, AwsErrorCodes.CallTimeout,
                $"No answer came within {options.Value.CallTimeout.TotalSeconds:0.#} seconds.", exception);
        }
    }

    /// <summary>Half of the wait is chance: callers that were refused together must not come back together.</summary>
    private TimeSpan Wait(int attempt, TimeSpan? asked)
    {
        var longest = options.Value.RetryDelay * Math.Pow(2, attempt - 1);
        var wait = longest * (0.5 + (RandomNumberGenerator.GetInt32(1000) / 2000.0));
        var least = asked ?? TimeSpan.Zero;
        return wait < least ? Shorter(least, LongestWait) : Shorter(wait, LongestWait);
    }

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;

    [LoggerMessage(2620, LogLevel.Information, "{Service} did not take a call ({Code}) at try {Attempt}; it is tried again")]
    private partial void LogTryAgain(string service, string code, int attempt);
}
