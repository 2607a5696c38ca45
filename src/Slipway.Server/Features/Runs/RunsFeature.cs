using Slipway.Server.Features.Projects;
using Slipway.Server.Features.Runs.Artifacts;
using Slipway.Server.Features.Runs.Executors;
using Slipway.Server.Features.Runs.Executors.Docker;
using Slipway.Server.Features.Runs.Executors.Host;
using Slipway.Server.Features.Runs.Executors.Kubernetes;
using Slipway.Server.Features.Runs.Executors.Slurm;
using Slipway.Server.Features.Runs.Logs;
using Slipway.Server.Features.Runs.Metrics;
using Slipway.Server.Features.Runs.Supervision;
using Slipway.Server.Features.Runs.Surface;
using Slipway.Server.Features.Runs.Webhooks;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs;

/// <summary>Trainings: queued, started where they belong, followed to their end, and kept.</summary>
internal static class RunsFeature
{
    public static void AddRuns(this IServiceCollection services)
    {
        services.AddOptions<TrainingOptions>().BindConfiguration("Training").ValidateOnStart();
        services.AddSingleton<IValidateOptions<TrainingOptions>, TrainingOptionsValidator>();
        services.AddProcesses();
        services.AddExecutors();
        services.AddSingleton<RunFolders>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<RunInputs>();
        services.AddSingleton<RunAddress>();
        services.AddSingleton<RunPreparation>();
        services.AddSingleton<GpuStock>();
        services.AddSingleton<RunPlanner>();
        services.AddSingleton<RunBell>();
        services.AddSingleton<RunEnding>();
        services.AddSingleton<RunSweep>();
        services.AddSingleton<RunWatchShop>();
        services.AddSingleton<RunFollowerShop>();
        services.AddSingleton<DiskGuard>();
        services.AddSingleton<RunLogShelf>();
        services.AddSingleton<FigureStore>();
        services.AddSingleton<ArtifactStore>();
        services.AddSingleton<ArtifactBell>();
        services.AddSingleton<RunFolderRemoval>();
        services.AddSingleton<RunRemoval>();
        services.AddSingleton<IProjectRemoval>(provider => provider.GetRequiredService<RunRemoval>());
        services.AddWebhooks();
        services.AddHostedService<RunSupervisor>();
        services.AddHostedService<ArtifactHasher>();
    }

    public static void MapRuns(this IEndpointRouteBuilder endpoints)
    {
        var runs = endpoints.MapGroup("/runs").WithTags("Runs");
        var projects = endpoints.MapGroup("/projects").WithTags("Runs");
        StartRun.Map(projects);
        RunEndpoints.Map(projects, runs);
        EndRun.Map(runs);
        LogEndpoints.Map(runs);
        MetricEndpoints.Map(runs);
        ArtifactEndpoints.Map(runs);
    }

    private static void AddExecutors(this IServiceCollection services)
    {
        services.AddSingleton<IExecutor>(provider => new HostExecutor(ExecutorNames.Local, provider.GetRequiredService<ProcessHost>()));
        services.AddSingleton<IExecutor>(provider => new HostExecutor(ExecutorNames.Builtin, provider.GetRequiredService<ProcessHost>()));
        services.AddDockerExecutor();
        services.AddSlurmExecutor();
        services.AddKubernetesExecutor();
    }
}
