using Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>Trainings as Jobs of a cluster. The cluster is asked nothing before somebody needs it.</summary>
internal static class KubernetesFeature
{
    public static void AddKubernetesExecutor(this IServiceCollection services)
    {
        services.AddOptions<KubernetesOptions>().BindConfiguration("Training:Kubernetes").ValidateOnStart();
        services.AddSingleton<IValidateOptions<KubernetesOptions>, KubernetesOptionsValidator>();
        services.AddSingleton<KubeApi>();
        services.AddSingleton<JobStart>();
        services.AddSingleton<LogCollector>();
        services.AddSingleton<IExecutor, KubernetesExecutor>();
    }
}
