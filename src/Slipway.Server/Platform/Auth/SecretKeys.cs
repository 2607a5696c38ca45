using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Slipway.Server.Platform.Auth;

/// <summary>How the secret with further keys is read.</summary>
/// <param name="KeepFor">How long what was read is good without another look.</param>
/// <param name="Grace">How long it is honoured while nothing can be read, counted from the last time that worked.</param>
internal sealed record SecretKeyOptions(TimeSpan KeepFor, TimeSpan Grace)
{
    /// <summary>An unknown key, or a failure, leads to another look no sooner than this.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may wait for the secret.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary><c>API_KEY_CACHE_TTL</c> in seconds and <c>Auth:SecretGrace</c>.</summary>
    /// <exception cref="ServerStartException">One of them cannot be read or is out of range.</exception>
    public static SecretKeyOptions Of(IConfiguration configuration) => new(
        configuration["API_KEY_CACHE_TTL"] is not { Length: > 0 } seconds ? TimeSpan.FromHours(1)
            : int.TryParse(seconds, System.Globalization.CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 86400
            ? TimeSpan.FromSeconds(number)
            : throw new ServerStartException($"API_KEY_CACHE_TTL is '{seconds}'; accepted is 1 to 86400 seconds."),
        configuration["Auth:SecretGrace"] is not { Length: > 0 } grace ? TimeSpan.FromHours(24)
            : TimeSpan.TryParse(grace, System.Globalization.CultureInfo.InvariantCulture, out var span)
                && span >= TimeSpan.Zero && span <= TimeSpan.FromDays(30)
            ? span
            : throw new ServerStartException($"Auth:SecretGrace is '{grace}'; accepted is 00:00:00 to 30.00:00:00."));
}

/// <summary>What a look for a key in the secret came to.</summary>
internal enum SecretFinding
{
    Valid,
    Unknown,

    /// <summary>The secret cannot be read, and what was read last is too old to go by.</summary>
    Unavailable,
}

/// <summary>Keys from a secret that lies elsewhere, kept in memory and read again when they get old or a key is unknown.</summary>
/// <remarks>The source is null where no secret is configured.</remarks>
internal sealed partial class SecretKeys(
    ISecretSource? source, SecretKeyOptions options, Pepper pepper, TimeProvider clock, ILogger<SecretKeys> logger)
{
    private readonly Lock _gate = new();
    private volatile Snapshot? _current;
    private Task? _reading;
    private long? _lastTry;
    private bool _isFailing;

    /// <summary>Somebody waited for the look that goes on, and in vain.</summary>
    private volatile bool _isSlow;

    public bool IsConfigured => source is not null;

    public async ValueTask<(SecretFinding Finding, ApiKey? Key)> FindAsync(string sent, CancellationToken cancellationToken)
    {
        if (source is null)
        {
            return (SecretFinding.Unknown, null);
        }
        var current = _current;
        if (current is null || Age(current) >= options.KeepFor)
        {
            var reading = ReadAgainAsync(cancellationToken);
            // What is known serves meanwhile: one request at a time is enough to find out that nobody answers.
            if (!_isSlow || current is null || Find(current, sent) is null)
            {
                await reading;
                current = _current;
            }
        }
        if (current is not null && Find(current, sent) is null)
        {
            // A rotated key works at once; a flood of wrong ones costs one look in thirty seconds.
            await ReadAgainAsync(cancellationToken);
            current = _current;
        }
        return current is null || Age(current) > Longest ? (SecretFinding.Unavailable, null)
            : Find(current, sent) is { } key ? (SecretFinding.Valid, key)
            : (SecretFinding.Unknown, null);
    }

    /// <summary>Reads the secret ahead of the first request, without anybody waiting for it.</summary>
    public void Warm()
    {
        if (source is not null)
        {
            _ = ReadAgainAsync(CancellationToken.None);
        }
    }

    private TimeSpan Longest => options.Grace > options.KeepFor ? options.Grace : options.KeepFor;

    private TimeSpan Age(Snapshot snapshot) => clock.GetElapsedTime(snapshot.ReadAt);

    /// <summary>Starts a look at the secret, or joins the one that goes on; neither, when the last one was just now.</summary>
    private async Task ReadAgainAsync(CancellationToken cancellationToken)
    {
        Task reading;
        lock (_gate)
        {
            if (_reading is null)
            {
                if (_lastTry is { } last && clock.GetElapsedTime(last) < SecretKeyOptions.Pause)
                {
                    return;
                }
                _lastTry = clock.GetTimestamp();
                _reading = Task.Run(ReadAsync, CancellationToken.None);
            }
            reading = _reading;
        }
        try
        {
            await reading.WaitAsync(SecretKeyOptions.Patience, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The look goes on; this request goes by what is known.
            _isSlow = true;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            // Belongs to no request: the one that asked first may go away.
            using var patience = new CancellationTokenSource(SecretKeyOptions.Pause, clock);
            var keys = SecretText.Read(await source!.ReadAsync(patience.Token));
            _current = new Snapshot(clock.GetTimestamp(), [.. keys.Select(pair => ToEntry(pair.Key, pair.Value))]);
            if (_isFailing)
            {
                LogReadAgain();
            }
            (_isFailing, _isSlow) = (false, false);
        }
        catch (Exception exception)
        {
            if (!_isFailing)
            {
                LogUnreadable(Longest, exception.GetType().Name, exception is FormatException ? exception.Message : "no answer");
            }
            _isFailing = true;
        }
        finally
        {
            lock (_gate)
            {
                _reading = null;
            }
        }
    }

    private Entry ToEntry(string text, IReadOnlyList<string>? models)
    {
        var hash = new byte[HMACSHA256.HashSizeInBytes];
        pepper.Hash(text, hash);
        var id = "secret_" + Convert.ToHexStringLower(hash.AsSpan(0, 6));
        return new Entry(hash, new ApiKey { Id = id, Name = models is null ? id : $"{id} for {string.Join(", ", models)}", Models = models });
    }

    private ApiKey? Find(Snapshot snapshot, string sent)
    {
        if (snapshot.Seen.TryGetValue(sent, out var key))
        {
            return key;
        }
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        pepper.Hash(sent, hash);
        // To the end, whatever was found on the way.
        foreach (var entry in snapshot.Entries)
        {
            key = CryptographicOperations.FixedTimeEquals(entry.Hash, hash) ? entry.Key : key;
        }
        if (key is not null)
        {
            snapshot.Seen.TryAdd(sent, key);
        }
        return key;
    }

    [LoggerMessage(2100, LogLevel.Error,
        "The secret that AUTH_SECRET_ID names cannot be read ({Kind}: {Reason}); the keys read last are honoured for {Grace} from then on")]
    private partial void LogUnreadable(TimeSpan grace, string kind, string reason);

    [LoggerMessage(2101, LogLevel.Information, "The secret that AUTH_SECRET_ID names can be read again")]
    private partial void LogReadAgain();

    private sealed record Entry(byte[] Hash, ApiKey Key);

    private sealed record Snapshot(long ReadAt, Entry[] Entries)
    {
        /// <summary>Valid keys only, and so never more than there are.</summary>
        public ConcurrentDictionary<string, ApiKey> Seen { get; } = new(ConstantTime.Instance);
    }
}
