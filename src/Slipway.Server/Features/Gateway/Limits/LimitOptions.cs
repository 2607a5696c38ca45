using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Gateway.Limits;

internal sealed class LimitOptions
{
    /// <summary>
    /// How many gateways share the limits. Asked only while Redis is configured and cannot be reached: each gateway then
    /// admits its part of every limit by itself.
    /// </summary>
    [Range(1, 1000)]
    public int AssumedGateways { get; init; } = 1;
}

[OptionsValidator]
internal sealed partial class LimitOptionsValidator : IValidateOptions<LimitOptions>;
