namespace Slipway.Server.Platform.Auth;

/// <summary>Who calls, and what is granted to them. The secret itself is nowhere in here.</summary>
internal sealed record ApiKey
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Public names of the models that may be called; null for every model.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Requests per minute.</summary>
    public long? Rpm { get; init; }

    /// <summary>Tokens per minute, of prompts and answers together.</summary>
    public long? Tpm { get; init; }

    /// <summary>Calls at the same time.</summary>
    public long? Concurrency { get; init; }

    /// <summary>What all its calls together may cost, in billionths of a dollar.</summary>
    public long? Budget { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>May see the usage of all keys, and make and revoke keys.</summary>
    public bool IsAdmin { get; init; }

    public bool MayUse(string model)
    {
        if (Models is null)
        {
            return true;
        }
        for (var i = 0; i < Models.Count; i++)
        {
            if (string.Equals(Models[i], model, StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }
}
