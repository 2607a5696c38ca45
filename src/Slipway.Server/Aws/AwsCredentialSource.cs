using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace Slipway.Server.Aws;

/// <summary>A key and how long it holds.</summary>
/// <param name="Value">Key id, secret and, for a borrowed one, its token.</param>
/// <param name="Expires">When it ends; null for a lasting one.</param>
internal sealed record AwsKey(ImmutableCredentials Value, DateTimeOffset? Expires);

/// <summary>
/// The usual chain: environment, web identity, profile files, container, instance. Slow: it may read files and call services.
/// </summary>
internal class AwsCredentialSource
{
    // Internal to the SDK.
    private const string PollingInstance = "DefaultInstanceProfileAWSCredentials";

    private AWSCredentials? _found;

    /// <exception cref="Exception">No source has a key, or the one that should have does not answer.</exception>
    public virtual async Task<AwsKey> FetchAsync()
    {
        if (_found is not InstanceProfileAWSCredentials)
        {
            _found = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync().ConfigureAwait(false);
            if (_found.GetType().Name == PollingInstance)
            {
                // It asks by a clock of its own and cannot be made to ask: a key that was taken back would stay for minutes.
                (_found as IDisposable)?.Dispose();
                _found = new InstanceProfileAWSCredentials();
            }
        }
        var value = await _found.GetCredentialsAsync().ConfigureAwait(false);
        return new AwsKey(value, _found.Expiration is { } end ? new DateTimeOffset(DateTime.SpecifyKind(end, DateTimeKind.Utc)) : null);
    }

    /// <summary>What was fetched is of no use any more, though its time is not over: the next fetch asks the source itself.</summary>
    public virtual void Forget() => (_found as RefreshingAWSCredentials)?.ClearCredentials();
}
