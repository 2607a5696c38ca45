namespace Slipway.Server.Platform.Hub;

/// <summary>A hub, or what came from it, stands in the way; the message names it and what can be done.</summary>
public sealed class HubException : IOException
{
    public HubException()
    {
    }

    public HubException(string message)
        : base(message)
    {
    }

    public HubException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public HubFault Fault { get; init; }

    /// <summary>How long the hub asks to be left alone; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>What is to be done about a <see cref="HubException"/>.</summary>
public enum HubFault
{
    /// <summary>Asking again gives the same answer.</summary>
    Refused,

    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>It may pass: ask again.</summary>
    Transient,

    /// <summary>The file is no longer the one that was begun.</summary>
    Changed,

    /// <summary>The server sends whole files only.</summary>
    NoRanges,

    /// <summary>What came is not what the hub had promised.</summary>
    Damaged,
}
