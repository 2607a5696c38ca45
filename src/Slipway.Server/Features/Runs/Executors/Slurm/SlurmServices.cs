namespace Slipway.Server.Features.Runs.Executors.Slurm;

internal static class SlurmServices
{
    public static void AddSlurmExecutor(this IServiceCollection services)
    {
        services.AddOptions<SlurmOptions>().BindConfiguration("Training:Slurm").ValidateOnStart();
        services.AddSingleton<IValidateOptions<SlurmOptions>, SlurmOptionsValidator>();
        services.AddSingleton<IValidateOptions<SlurmOptions>, SlurmExtraOptionsValidator>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<IExecutor, SlurmExecutor>();
    }
}
