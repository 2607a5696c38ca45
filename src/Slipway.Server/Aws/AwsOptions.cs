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

    /// <summary>The same for CloudFormation alone; otherwise <c>AWS_ENDPOINT_URL_CLOUDFORMATION</c>.</summary>
    public string? CloudFormationEndpointUrl { get; init; }

    /// <summary>The same for SageMaker without its runtime; otherwise <c>AWS_ENDPOINT_URL_SAGEMAKER</c>.</summary>
    public string? SageMakerEndpointUrl { get; init; }

    /// <summary>How often a call that manages something is tried at most, the first try included.</summary>
    [Range(1, 10)]
    public int Attempts { get; init; } = 4;

    /// <summary>Longest wait before the second try; it doubles with every further one, up to 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long one try of such a call may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may take to be made.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:02:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class AwsOptionsValidator : IValidateOptions<AwsOptions>;
