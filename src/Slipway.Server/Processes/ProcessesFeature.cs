namespace Slipway.Server.Processes;

internal static class ProcessesFeature
{
    public static void AddProcesses(this IServiceCollection services)
    {
        services.AddOptions<ProcessOptions>().BindConfiguration("Processes");
        services.AddSingleton<ProcessKiller>();
        services.AddSingleton<ProcessHost>();
    }
}
