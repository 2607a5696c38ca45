using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Serving;

/// <summary>Why a model does not take a request.</summary>
/// <param name="Kind">For programs.</param>
/// <param name="Sentence">For people: what is wrong, and what would work.</param>
/// <param name="RetryAfterSeconds">After how long another try makes sense; null where it would not help.</param>
/// <param name="Param">The field at fault, in the words of OpenAI's requests; null where it is none or unknown.</param>
internal sealed record Refusal(RefusalKind Kind, Sentence Sentence, int? RetryAfterSeconds = null, string? Param = null)
{
    /// <summary>The answer for surfaces whose errors are <c>{"detail": …}</c>.</summary>
    public ErrorResult ToResult(HttpRequest request) => Kind switch
    {
        RefusalKind.Busy => ErrorResult.TooManyRequests(Sentence.For(request), RetryAfterSeconds ?? 1),
        RefusalKind.NotReady => ErrorResult.Unavailable(Sentence.For(request), RetryAfterSeconds),
        RefusalKind.Impossible => ErrorResult.Conflict(Sentence.For(request)),
        _ => ErrorResult.BadRequest(Sentence.For(request)),
    };
}

internal enum RefusalKind
{
    /// <summary>No model is loaded, or the server is stopping.</summary>
    NotReady,

    /// <summary>Another model is loaded than was asked for.</summary>
    UnknownModel,

    /// <summary>The prompt has more tokens than fit.</summary>
    TooLong,

    /// <summary>The model's template does not take the conversation, or a value means nothing to this model.</summary>
    Unsuitable,

    /// <summary>The queue is full.</summary>
    Busy,

    /// <summary>The request is right, but the model, the memory or the disk is not such that it could be done.</summary>
    Impossible,
}
