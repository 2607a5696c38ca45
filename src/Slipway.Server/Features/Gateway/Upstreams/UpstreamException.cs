using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Upstreams;

/// <summary>Whose fault it is that an upstream gave no answer, and so what may be done about it.</summary>
internal enum UpstreamFault
{
    /// <summary>The request's own: another upstream would say the same. Neither retried nor held against the upstream.</summary>
    Request,

    /// <summary>It has too much to do (429, 503 with a time): another may be tried.</summary>
    Busy,

    /// <summary>It is not reachable, broke off, or answered 5xx or nonsense: another may be tried.</summary>
    Broken,

    /// <summary>It took longer than the route allows: another may be tried.</summary>
    TimedOut,
}

/// <summary>An upstream gave no answer, or broke off in the middle of one.</summary>
internal sealed class UpstreamException(UpstreamFault fault, OpenAiError error, Exception? inner = null) : OpenAiException(error, inner)
{
    public UpstreamFault Fault { get; } = fault;

    /// <summary>This upstream will say the same until somebody mends it, such as a key that it refuses: only another one is worth a try.</summary>
    public bool IsLasting { get; init; }
}
