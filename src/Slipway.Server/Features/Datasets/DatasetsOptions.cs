using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Datasets;

internal sealed class DatasetsOptions
{
    /// <summary>The largest file, in bytes.</summary>
    [Range(1L, long.MaxValue)]
    public long MaxUploadBytes { get; init; } = 100L << 30;

    /// <summary>Files that may arrive at once; each needs 2 MiB of memory.</summary>
    [Range(1, 10_000)]
    public int MaxUploads { get; init; } = 32;

    /// <summary>Bytes of the disk that uploads leave free: the database lives there too.</summary>
    [Range(0L, long.MaxValue)]
    public long KeepFreeBytes { get; init; } = 256L << 20;

    /// <summary>How long a resumable upload waits for its next byte before it is given up.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan ResumableFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Statistics that may wait for their turn; further ones are refused.</summary>
    [Range(1, 10_000)]
    public int MaxStatistics { get; init; } = 32;
}

[OptionsValidator]
internal sealed partial class DatasetsOptionsValidator : IValidateOptions<DatasetsOptions>;
