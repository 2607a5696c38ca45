using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Platform.Hub;

/// <summary>How models are pulled; <c>Hub:*</c> of the configuration.</summary>
internal sealed class HubOptions
{
    /// <summary>Where names without a hub are looked for.</summary>
    public HubKind Kind { get; init; } = HubKind.HuggingFace;

    /// <summary>Ranges of a file that are fetched at once.</summary>
    [Range(1, 32)]
    public int Parallel { get; init; } = 4;

    /// <summary>Bytes of a range. Smaller ones cost more requests.</summary>
    [Range(1 << 10, 1L << 40)]
    public long PartBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of a range after which the journal is told: what a killed process may have to fetch anew.</summary>
    [Range(1 << 10, 1L << 40)]
    public long JournalBytes { get; init; } = 4L << 20;

    /// <summary>How long a connection may send nothing before it is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is repeated that brings nothing new.</summary>
    [Range(0, 100)]
    public int Retries { get; init; } = 6;

    /// <summary>The pause before the first repetition; each further one is twice as long.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause that a hub may ask for.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MostRetryAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The most that one pull may bring.</summary>
    [Range(1, long.MaxValue)]
    public long MostBytes { get; init; } = 2L << 40;

    /// <exception cref="ServerStartException">A value is not accepted; the message names it.</exception>
    public static HubOptions Of(IConfiguration settings)
    {
        HubOptions options;
        try
        {
            options = settings.GetSection("Hub").Get<HubOptions>() ?? new HubOptions();
        }
        catch (InvalidOperationException exception)
        {
            throw new ServerStartException($"The configuration 'Hub' cannot be read: {exception.Message}", exception);
        }
        var faults = new HubOptionsValidator().Validate(null, options);
        return faults.Failed ? throw new ServerStartException($"The configuration 'Hub' is not accepted: {faults.FailureMessage}") : options;
    }
}

[OptionsValidator]
internal sealed partial class HubOptionsValidator : IValidateOptions<HubOptions>;
