namespace Slipway.Server.Platform.Memory;

/// <summary>Tells how much memory is left.</summary>
internal interface IMemoryGauge
{
    /// <summary>
    /// Bytes that this process may still take without anything being swapped out or killed. Pages of mapped files count as left:
    /// the system can drop them, whether somebody needs them or not.
    /// </summary>
    long ReadAvailable();
}
