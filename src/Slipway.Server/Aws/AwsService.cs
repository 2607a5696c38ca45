namespace Slipway.Server.Aws;

/// <summary>A service of AWS that Slipway calls.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Host">First part of its host name.</param>
/// <param name="SigningName">What a signature calls it.</param>
/// <param name="EndpointVariable">The environment variable with another address for it.</param>
/// <param name="EndpointOption">The configured one.</param>
internal sealed record AwsService(
    string Name, string Host, string SigningName, string EndpointVariable, Func<AwsOptions, string?> EndpointOption)
{
    public static AwsService SageMakerRuntime { get; } = new(
        "SageMaker", "runtime.sagemaker", "sagemaker", "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME",
        options => options.SageMakerRuntimeEndpointUrl);

    public static AwsService SecretsManager { get; } = new(
        "Secrets Manager", "secretsmanager", "secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        options => options.SecretsManagerEndpointUrl);

    public static AwsService CloudFormation { get; } = new(
        "CloudFormation", "cloudformation", "cloudformation", "AWS_ENDPOINT_URL_CLOUDFORMATION",
        options => options.CloudFormationEndpointUrl);

    /// <summary>Where endpoints are managed; they are called at <see cref="SageMakerRuntime"/>.</summary>
    public static AwsService SageMaker { get; } = new(
        "SageMaker", "api.sagemaker", "sagemaker", "AWS_ENDPOINT_URL_SAGEMAKER", options => options.SageMakerEndpointUrl);
}
