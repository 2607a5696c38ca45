using System.Globalization;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>How CUDA is told which GPUs are a process's own.</summary>
internal static class GpuEnvironment
{
    private const string Visible = "CUDA_VISIBLE_DEVICES";

    // CUDA's own order is the fastest first; the driver counts by the bus, and so do we.
    private const string Order = "CUDA_DEVICE_ORDER";

    /// <summary>Nothing where there are none: an engine built for the processor needs no word about GPUs.</summary>
    public static Dictionary<string, string> Of(IReadOnlyList<int> gpus) => gpus.Count == 0 ? [] : new()
    {
        [Visible] = string.Join(',', gpus.Select(gpu => gpu.ToString(CultureInfo.InvariantCulture))),
        [Order] = "PCI_BUS_ID",
    };

    /// <summary>As <see cref="Of"/>, but without GPUs they are hidden: for engines that would take those of others.</summary>
    public static Dictionary<string, string> OfOrHidden(IReadOnlyList<int> gpus) =>
        gpus.Count == 0 ? new() { [Visible] = "-1" } : Of(gpus);
}
