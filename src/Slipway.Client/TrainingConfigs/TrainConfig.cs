namespace Slipway.Client.TrainingConfigs;

/// <summary>One version of a training configuration.</summary>
public sealed record TrainConfig
{
    /// <summary>As its file was called where it came from; never a path here.</summary>
    public required string Filename { get; init; }

    public required DateTimeOffset UploadedAt { get; init; }

    /// <summary>Bytes, at most 1 MiB.</summary>
    public required long Size { get; init; }

    /// <summary>Of the name, the same for all its versions.</summary>
    public required string Id { get; init; }

    /// <summary>Under which projects find it; <c>default</c> for the single slot.</summary>
    public required string Name { get; init; }

    /// <summary>From 1; a number is never given again, also after the name was deleted.</summary>
    public required long Version { get; init; }

    /// <summary>Of the file's bytes, 64 hexadecimal digits in lower case.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What may be meant otherwise, such as keys that are not known; a run starts all the same.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>What an upload made, or found: the same file again is the same version.</summary>
/// <param name="TrainConfig">The latest version.</param>
public sealed record UploadedTrainConfig(TrainConfig TrainConfig);

/// <summary>What a deletion came to.</summary>
/// <param name="Status"><c>train_config_deleted</c>.</param>
public sealed record DeletedTrainConfig(string Status);
