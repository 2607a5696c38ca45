namespace Slipway.Server.Features.Runs.Executors.Docker;

internal static class DockerServices
{
    public static void AddDockerExecutor(this IServiceCollection services)
    {
        services.AddOptions<DockerOptions>().BindConfiguration("Training:Docker").ValidateOnStart();
        services.AddSingleton<IValidateOptions<DockerOptions>, DockerOptionsValidator>();
        services.AddSingleton<DockerEngine>();
        services.AddSingleton<ContainerWatch>();
        services.AddSingleton<IExecutor, DockerExecutor>();
    }
}
