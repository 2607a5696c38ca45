namespace Slipway.Server.Features.Runs.Executors;

/// <summary>What every process of an attempt carries in its environment; processes.sh looks for it.</summary>
internal static class RunMark
{
    public const string Variable = "SLIPWAY_PROCESS";

    /// <summary>The launch's environment, and the mark.</summary>
    public static Dictionary<string, string> EnvironmentIn(Launch launch, string folder) =>
        new(launch.EnvironmentIn(folder)) { [Variable] = launch.Name };
}
