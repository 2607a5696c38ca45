using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Aws;

/// <summary>Where AWS is. Whatever is left out comes from AWS's own environment variables.</summary>
internal sealed class AwsOptions
{
    /// <summary>Such as <c>us-east-1</c>; otherwise <c>AWS_REGION</c>, then <c>AWS_DEFAULT_REGION</c>.</summary>
    public string? Region { get; init; }

    /// <summary>Takes the place of AWS's address for every service; otherwise <c>AWS_ENDPOINT_URL</c>.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>The same for the SageMaker runtime alone; otherwise <c>AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME</c>.</summary>
    public string? SageMakerRuntimeEndpointUrl { get; init; }

    /// <summary>The same for Secrets Manager alone; otherwise <c>AWS_ENDPOINT_URL_SECRETS_MANAGER</c>.</summary>
    public string? SecretsManagerEndpointUrl { get; init; }

    /// <summary>How long a connection may take to be made.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:02:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class AwsOptionsValidator : IValidateOptions<AwsOptions>;
