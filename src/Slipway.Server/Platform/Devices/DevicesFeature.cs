namespace Slipway.Server.Platform.Devices;

internal static class DevicesFeature
{
    public static void AddDevices(this IServiceCollection services)
    {
        services.AddOptions<DeviceOptions>().BindConfiguration("Device").ValidateOnStart();
        services.AddSingleton<IValidateOptions<DeviceOptions>, DeviceOptionsValidator>();
        services.AddSingleton<IGpuProbe, NvidiaProbe>();
        services.AddSingleton<DeviceSurvey>();
        services.AddSingleton<GpuPromises>();
        services.AddHostedService<SurveyAtStart>();
    }

    /// <summary>Looks while nothing else runs yet: "free now" means before our own models take their share.</summary>
    private sealed class SurveyAtStart(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = services.GetRequiredService<DeviceSurvey>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
