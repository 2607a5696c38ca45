using Slipway.Server.Features.Deployments.Placement;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>What every keeper of a server works with.</summary>
internal sealed class ReplicaShop(
    DeploymentStore store, DeploymentFolders folders, ModelPlaces models, ProcessHost processes, HealthProbe health, PortBook ports,
    GpuChoice gpus, GpuPromises promises, DeviceSurvey devices, IOptions<DeploymentOptions> options, TimeProvider clock, ILogger<ReplicaKeeper> logger)
{
    public DeploymentStore Store => store;

    public DeploymentFolders Folders => folders;

    public ModelPlaces Models => models;

    public ProcessHost Processes => processes;

    public HealthProbe Health => health;

    public PortBook Ports => ports;

    public GpuChoice Gpus => gpus;

    public GpuPromises Promises => promises;

    public DeviceSurvey Devices => devices;

    public DeploymentOptions Options => options.Value;

    public TimeProvider Clock => clock;

    public ILogger Logger => logger;
}
