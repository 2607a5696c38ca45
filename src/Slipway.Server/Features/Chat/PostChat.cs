using System.Text;
using Slipway.Client.Chat;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Chat;

/// <summary>POST /chat: the whole answer at once.</summary>
internal static class PostChat
{
    public static void Map(IEndpointRouteBuilder chat) =>
        chat.MapPost("/chat", Handle).ReadsBody(ChatBody.ReadChat).WithSummary("Answers a message").UsesTokens()
            .Produces<ChatResponse>().Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status429TooManyRequests).Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    internal static async Task<IResult> Handle(
        Body<ChatRequest> body, ChatRun run, HttpContext context, CancellationToken cancellationToken)
    {
        using var stop = run.LinkStop(context);
        var (answer, refusal) = await run.StartAsync(body.Value, stop.Token);
        if (answer is null)
        {
            return refusal!.ToResult(context.Request);
        }

        using (answer)
        {
            try
            {
                return TypedResults.Ok(await ReadAsync(answer, body.Value.SeparateThinking is true, context, stop.Token));
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                var why = run.Explain(context, exception).For(context.Request);
                return run.IsStopping
                    ? ErrorResult.Unavailable(why)
                    : TypedResults.Ok(new ChatResponse { Response = "", Success = false, Error = why, Model = answer.Model });
            }
        }
    }

    private static async Task<ChatResponse> ReadAsync(
        Answer answer, bool separatesThinking, HttpContext context, CancellationToken cancellationToken)
    {
        var (text, thinking) = (new StringBuilder(), new StringBuilder());
        try
        {
            await foreach (var piece in answer.ReadAsync(cancellationToken))
            {
                (piece.IsThinking ? thinking : text).Append(piece.Text);
            }
        }
        finally
        {
            ChatRun.Count(context, answer.Account);
        }

        return new ChatResponse
        {
            Response = text.ToString(),
            Success = true,
            Thinking = separatesThinking && thinking.Length > 0 ? thinking.ToString() : null,
            Usage = new ChatUsage(answer.Account.PromptTokens, answer.Account.CompletionTokens),
            FinishReason = answer.Account.FinishReason,
            Model = answer.Model,
        };
    }
}
