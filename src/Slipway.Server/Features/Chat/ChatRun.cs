using Slipway.Client.Chat;
using Slipway.Server.Platform.Languages;
using Slipway.Server.Platform.Telemetry;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Chat;

/// <summary>Starts answers for the endpoints of this slice, and says what becomes of one that breaks off.</summary>
internal sealed partial class ChatRun(Answering answering, StopGrace grace, ILogger<ChatRun> logger)
{
    /// <summary>The end of the client's patience or of the server's grace.</summary>
    public CancellationTokenSource LinkStop(HttpContext context) => grace.Link(context.RequestAborted);

    public Task<(Answer? Answer, Refusal? Refusal)> StartAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        var defaults = new AnswerRequest { Turns = [] };
        return answering.StartAsync(
            new AnswerRequest
            {
                Turns =
                [
                    .. (request.History ?? []).Select(turn => new Turn(turn.Role, turn.Content)),
                    new Turn(ChatRoles.User, request.Message),
                ],
                Model = request.Model,
                MaxTokens = request.MaxTokens,
                Temperature = request.Temperature ?? defaults.Temperature,
                TopP = request.TopP ?? defaults.TopP,
                TopK = request.TopK ?? defaults.TopK,
                Seed = request.Seed,
                Stop = request.Stop ?? [],
                EnableThinking = request.EnableThinking ?? true,
                SeparateThinking = request.SeparateThinking ?? false,
            },
            cancellationToken);
    }

    /// <summary>What to tell the client of an answer that broke off; the log gets the rest.</summary>
    public Sentence Explain(HttpContext context, Exception exception)
    {
        if (grace.Ended.IsCancellationRequested)
        {
            return ServingSentences.Stopping;
        }

        LogFailed(exception, context.TraceIdentifier);
        return ServingSentences.Failed(context.TraceIdentifier);
    }

    public bool IsStopping => grace.Ended.IsCancellationRequested;

    /// <summary>Puts the account of an answer into the request's log line.</summary>
    public static void Count(HttpContext context, AnswerAccount account)
    {
        if (context.Features.Get<RequestCounts>() is { } counts)
        {
            (counts.PromptTokens, counts.CompletionTokens) = (account.PromptTokens, account.CompletionTokens);
        }
    }

    [LoggerMessage(1201, LogLevel.Error, "The answer to request {Id} broke off")]
    private partial void LogFailed(Exception exception, string id);
}
