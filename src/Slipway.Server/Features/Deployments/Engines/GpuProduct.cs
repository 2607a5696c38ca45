namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>GPUs of a server that is split in several ways at once.</summary>
internal static class GpuProduct
{
    /// <summary>More than any machine has.</summary>
    public const int Most = 1024;

    public static int Of(IEnumerable<int> ways) => (int)Math.Min(Most, ways.Aggregate(1L, (product, ways) => Math.Min(Most, product * ways)));
}
