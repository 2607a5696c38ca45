using Slipway.Server.Aws;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Keys;

/// <summary>Reads the secret that <c>AUTH_SECRET_ID</c> names from AWS Secrets Manager.</summary>
internal sealed class SecretsManagerSource(SecretsManagerClient client, IConfiguration configuration) : ISecretSource
{
    public async Task<string> ReadAsync(CancellationToken cancellationToken) =>
        (await client.GetSecretValueAsync(configuration["AUTH_SECRET_ID"]!, cancellationToken)).Text;
}
