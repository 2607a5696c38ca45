namespace Slipway.Server.Aws;

/// <summary>AWS: credentials, signatures and the services that the gateway calls. Nothing is asked of AWS before somebody needs it.</summary>
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
    }
}
