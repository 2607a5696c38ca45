using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

/// <summary>
/// Brings pods' logs here. While a pod runs its log is followed, so that nothing is lost when the node cuts the log, or when the pod
/// goes away at once; each collection reads what the stream may have left out.
/// </summary>
internal sealed partial class LogCollector(KubeApi api, TimeProvider clock, ILogger<LogCollector> logger) : IAsyncDisposable
{
    /// <summary>A stream that is silent for so long is opened anew: what lies in between may have dropped it without a word.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(2);

    /// <summary>An answer that has an end.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    /// <summary>How long the stream of a pod that has ended may take to end too.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Following> _followings = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Brings what there is, and goes on following unless it <paramref name="hasEnded"/>.</summary>
    /// <exception cref="KubeException">The log cannot be had now.</exception>
    public async Task CollectAsync(Launch launch, JobPlace place, string pod, bool hasEnded, CancellationToken cancellationToken)
    {
        var following = _followings.GetOrAdd(launch.Name, _ => new Following());
        await following.Gate.WaitAsync(cancellationToken);
        try
        {
            if (!following.Stream.IsCompleted)
            {
                if (!hasEnded)
                {
                    return;
                }
                await following.EndAsync(LastWords, clock, cancellationToken);
            }
            await ReadAsync(launch, place, pod, follow: false, cancellationToken);
            if (!hasEnded)
            {
                following.Stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                following.Stream = FollowAsync(launch, place, pod, following.Stop.Token);
            }
        }
        finally
        {
            following.Gate.Release();
        }
        if (hasEnded)
        {
            _followings.TryRemove(launch.Name, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_followings.Values.Select(following => following.Stream));
        _stopping.Dispose();
    }

    private async Task FollowAsync(Launch launch, JobPlace place, string pod, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(launch, place, pod, follow: true, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or UnauthorizedAccessException)
        {
            // The next collection starts where this one ended.
            LogCutOff(launch.Name, exception.Message);
        }
    }

    private async Task ReadAsync(Launch launch, JobPlace place, string pod, bool follow, CancellationToken cancellationToken)
    {
        using var file = new LogFile(launch, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestPause);
        try
        {
            using var response = await api.SendAsync(HttpMethod.Get, PathOf(place, pod, file.Position, follow), null, patience.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(patience.Token);
            await CopyAsync(launch, stream, file, follow ? LongestSilence : LongestPause, patience);
        }
        catch (KubeException exception) when (exception.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
        {
            // The container waits still, or the pod is gone and its log with it.
        }
        catch (HttpRequestException exception)
        {
            throw new KubeException($"The log of {launch.Name} broke off: {exception.Message}", inner: exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KubeException($"The log of {launch.Name} does not go on.", inner: exception);
        }
    }

    private async Task CopyAsync(Launch launch, Stream stream, LogFile file, TimeSpan longestSilence, CancellationTokenSource patience)
    {
        var splitter = new LogSplitter(file.Position);
        var buffer = new byte[64 << 10];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, patience.Token)) > 0;)
            {
                splitter.Push(buffer.AsSpan(0, read), file.Pending);
                file.Commit(isLast: false);
                patience.CancelAfter(longestSilence);
            }
        }
        finally
        {
            file.Commit(isLast: true);
        }
        if (splitter.HasGap)
        {
            LogGap(launch.Name);
        }
        if (splitter.ForeignBytes > 0)
        {
            LogForeign(launch.Name, splitter.ForeignBytes);
        }
    }

    private static string PathOf(JobPlace place, string pod, LogPosition position, bool follow)
    {
        var since = position.Since is { } second
            ? "&sinceTime=" + DateTimeOffset.FromUnixTimeSeconds(second).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : "";
        return $"{place.Pods}/{pod}/log?container={KubernetesNames.Container}&timestamps=true{(follow ? "&follow=true" : "")}{since}";
    }

    [LoggerMessage(2420, LogLevel.Debug, "The log of {Name} is no longer followed: {Reason}")]
    private partial void LogCutOff(string name, string reason);

    [LoggerMessage(2421, LogLevel.Warning, "The node has cut the log of {Name} further than it was read: lines may be missing")]
    private partial void LogGap(string name);

    [LoggerMessage(2422, LogLevel.Warning, "In the log of {Name} {Bytes} bytes are no lines of the process and were left out")]
    private partial void LogForeign(string name, long bytes);
}
