using Amazon.Runtime;

namespace Slipway.Server.Aws;

/// <summary>
/// The key that calls are signed with. It is fetched once, kept, and fetched again in the background before it ends, so that a call
/// waits for it at the very start only.
/// </summary>
internal sealed partial class AwsCredentials(AwsCredentialSource source, TimeProvider clock, ILogger<AwsCredentials> logger)
{
    /// <summary>A key with less time left than this is fetched anew.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    /// <summary>Between two looks, also at lasting keys: a profile file may have changed.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    /// <summary>Between two tries after a failed one: a missing key must not be searched for on every call.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private AwsKey? _key;
    private DateTimeOffset _lookAt;
    private Task<AwsKey>? _fetch;

    /// <summary>The key to sign with now.</summary>
    /// <exception cref="AwsException">There is none.</exception>
    public async ValueTask<ImmutableCredentials> GetAsync(CancellationToken cancellationToken)
    {
        Task<AwsKey> fetch;
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_key is { } key && !(key.Expires <= now))
            {
                if (now >= _lookAt)
                {
                    _ = Fetch_NeedsLock(now);
                }
                return key.Value;
            }
            fetch = Fetch_NeedsLock(now);
        }
        return (await fetch.WaitAsync(cancellationToken)).Value;
    }

    /// <summary>AWS no longer takes <paramref name="refused"/>: the next call fetches another one.</summary>
    public void Forget(ImmutableCredentials refused)
    {
        lock (_lock)
        {
            if (_key?.Value.AccessKey == refused.AccessKey && _key.Value.Token == refused.Token)
            {
                _key = null;
                _lookAt = default;
                source.Forget();
            }
        }
    }

    /// <summary>One fetch at a time; a failed one is the answer for a while.</summary>
    private Task<AwsKey> Fetch_NeedsLock(DateTimeOffset now)
    {
        if (_fetch is { IsCompleted: false } || (_fetch is { IsFaulted: true } && now < _lookAt))
        {
            return _fetch;
        }
        // The chain reads files and may block: never on a request's thread.
        return _fetch = Task.Run(FetchAsync);
    }

    private async Task<AwsKey> FetchAsync()
    {
        try
        {
            var key = await source.FetchAsync();
            Keep(key);
            return key;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            lock (_lock)
            {
                _lookAt = clock.GetUtcNow() + AfterFailure;
            }
            LogNoKey(AwsText.Redact(exception.Message));
            throw new AwsException("AWS", AwsErrorCodes.NoCredentials,
                "No credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or give the machine a role.",
                exception);
        }
    }

    private void Keep(AwsKey key)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            _key = key;
            _lookAt = key.Expires is { } end && end - Early > now + LookAgain ? end - Early : now + LookAgain;
        }
    }

    [LoggerMessage(2200, LogLevel.Warning, "AWS credentials could not be fetched; those at hand serve while they hold: {Reason}")]
    private partial void LogNoKey(string reason);
}
