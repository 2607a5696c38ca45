namespace Slipway.Server.Aws;

/// <summary>Credentials, signatures and the services that the gateway calls. AWS is asked nothing before somebody needs it.</summary>
internal static class AwsFeature
{
    public static void AddAws(this IServiceCollection services)
    {
        services.AddOptions<AwsOptions>().BindConfiguration("Aws").ValidateOnStart();
        services.AddSingleton<IValidateOptions<AwsOptions>, AwsOptionsValidator>();
        services.AddSingleton<AwsEndpoints>();
        services.AddSingleton<AwsCredentialSource>();
        services.AddSingleton<AwsCredentials>();
        services.AddSingleton<AwsHttp>();
        services.AddSingleton<SecretsManagerClient>();
        services.AddSingleton<SageMakerRuntimeClient>();
        services.AddSingleton<AwsControlPlane>();
        services.AddSingleton<CloudFormationClient>();
        services.AddSingleton<SageMakerClient>();
    }
}
