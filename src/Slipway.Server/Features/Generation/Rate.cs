namespace Slipway.Server.Features.Generation;

/// <summary>How much per second.</summary>
internal static class Rate
{
    /// <summary>0 where no time has passed.</summary>
    public static double Of(long count, double seconds) => seconds > 0 ? count / seconds : 0;
}
