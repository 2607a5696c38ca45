namespace Slipway.Server.Platform.Auth;

/// <summary>What a new key is to be granted.</summary>
public sealed record KeyTerms
{
    /// <summary>For people; 1 to 100 characters; no other key that is in use has it.</summary>
    public required string Name { get; init; }

    /// <summary>Public names of models; null or empty for every model.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Requests per minute, at least 1; null for no limit.</summary>
    public long? Rpm { get; init; }

    /// <summary>Tokens per minute, at least 1; null for no limit.</summary>
    public long? Tpm { get; init; }

    /// <summary>Calls at the same time, at least 1; null for no limit.</summary>
    public long? Concurrency { get; init; }

    /// <summary>US dollars, above 0, for all calls together; null for no limit.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>In the future; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>May see all usage, and make and revoke keys.</summary>
    public bool Admin { get; init; }
}

/// <summary>A key as it may be shown.</summary>
public sealed record KeyView
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>How the key begins; the current one last, before it those that rotation left valid for a while.</summary>
    public required IReadOnlyList<string> Prefixes { get; init; }

    public IReadOnlyList<string>? Models { get; init; }

    public long? Rpm { get; init; }

    public long? Tpm { get; init; }

    public long? Concurrency { get; init; }

    public decimal? BudgetUsd { get; init; }

    /// <summary>What its calls have cost so far, as far as it is written down.</summary>
    public decimal SpentUsd { get; init; }

    public bool Admin { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A key with its secret, which clients send and nobody can show again.</summary>
public sealed record IssuedKey(KeyView Key, string Secret);

/// <summary>Why a key cannot be made or changed as asked.</summary>
public enum KeyFault
{
    Invalid,
    Taken,
    Unknown,
}

/// <summary>A key cannot be made or changed as asked; the message names the value and what would be accepted.</summary>
public sealed class KeyException : Exception
{
    public KeyException()
    {
    }

    public KeyException(string message)
        : base(message)
    {
    }

    public KeyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public KeyException(KeyFault fault, string message)
        : base(message) => Fault = fault;

    public KeyFault Fault { get; }
}
