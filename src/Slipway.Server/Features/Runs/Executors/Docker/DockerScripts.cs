namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>What runs in a container on our behalf.</summary>
internal static class DockerScripts
{
    public static readonly string Prepare = ExecutorScripts.Read("prepare.sh");
    public static readonly string Start = ExecutorScripts.Read("start.sh");
    public static readonly string Look = ExecutorScripts.Read("processes.sh", "look.sh");
    public static readonly string Stop = ExecutorScripts.Read("processes.sh", "stop.sh");
}
