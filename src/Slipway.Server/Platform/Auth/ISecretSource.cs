namespace Slipway.Server.Platform.Auth;

/// <summary>Where the secret lies that holds further keys, such as AWS Secrets Manager.</summary>
internal interface ISecretSource
{
    /// <summary>The secret's text as it is now.</summary>
    /// <exception cref="Exception">It cannot be read; of whatever type the way there throws.</exception>
    Task<string> ReadAsync(CancellationToken cancellationToken);
}
