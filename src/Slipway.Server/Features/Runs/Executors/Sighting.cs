namespace Slipway.Server.Features.Runs.Executors;

/// <summary>What an executor sees of an attempt.</summary>
internal enum SightingKind
{
    /// <summary>Somebody else's queue has it; <see cref="Sighting.Words"/> says what it waits for.</summary>
    Waiting,

    Running,

    /// <summary>It has ended, with <see cref="Sighting.ExitCode"/>.</summary>
    Ended,

    /// <summary>It is not there and has left no trace of how it ended.</summary>
    Gone,

    /// <summary>The outside world does not answer: nothing is known, the last state stands.</summary>
    Unknown,
}

/// <summary>What an executor sees of an attempt.</summary>
internal sealed record Sighting(SightingKind Kind)
{
    /// <summary>On this host or in the container.</summary>
    public int? Pid { get; init; }

    /// <summary>A job's id, a pod's name.</summary>
    public string? ExternalId { get; init; }

    /// <summary>As a shell counts it: 128 and the signal's number for a process that a signal ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What it waits for, how it ended where the code alone does not tell (<c>OOMKilled</c>, a time limit), why nothing is known.</summary>
    public string? Words { get; init; }

    /// <summary>Ended because somebody outside of Slipway cancelled it (scancel).</summary>
    public bool IsCancelled { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }
}
