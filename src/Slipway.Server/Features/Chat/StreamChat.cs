using Slipway.Client.Chat;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Chat;

/// <summary>POST and GET /chat/stream: the answer as it is made. A refusal before the start is an ordinary error.</summary>
internal static class StreamChat
{
    public static void Map(IEndpointRouteBuilder chat)
    {
        Describe(chat.MapPost("/chat/stream", HandlePost).ReadsBody(ChatBody.ReadChat)).WithSummary("Answers a message as it thinks");
        Describe(chat.MapGet("/chat/stream", HandleGet)).Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity)
            .WithSummary("The same for EventSource, which can only GET");
    }

    internal static Task<IResult> HandlePost(Body<ChatRequest> body, ChatRun run, HttpContext context) =>
        StreamAsync(body.Value, run, context);

    internal static Task<IResult> HandleGet(string? message, ChatRun run, HttpContext context)
    {
        var faults = new FaultList();
        var value = QueryValue.Of("message", message, faults).Text(min: 1, mayBeBlank: false);
        return value is null
            ? Task.FromResult<IResult>(new FaultsResult(faults.All))
            : StreamAsync(new ChatRequest { Message = value }, run, context);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint
        .UsesTokens()
        .Produces<ChatEvent>(StatusCodes.Status200OK, "text/event-stream")
        .Produces<ErrorBody>(StatusCodes.Status400BadRequest)
        .Produces<ErrorBody>(StatusCodes.Status429TooManyRequests)
        .Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> StreamAsync(ChatRequest request, ChatRun run, HttpContext context)
    {
        using var stop = run.LinkStop(context);
        var (answer, refusal) = await run.StartAsync(request, stop.Token);
        if (answer is null)
        {
            return refusal!.ToResult(context.Request);
        }

        using (answer)
        {
            await WriteAsync(answer, run, context, stop.Token);
            ChatRun.Count(context, answer.Account);
            return TypedResults.Empty;
        }
    }

    private static async Task WriteAsync(Answer answer, ChatRun run, HttpContext context, CancellationToken stop)
    {
        var events = new ChatEventWriter(context.Response);
        var client = context.RequestAborted;
        try
        {
            await events.StartAsync(stop);
            await foreach (var piece in answer.ReadAsync(stop))
            {
                await events.SendAsync(piece.IsThinking ? ChatEventTypes.Thinking : ChatEventTypes.Chunk, piece.Text, stop);
            }

            await events.SendAsync(ChatEventTypes.End, "", client);
        }
        catch (Exception) when (client.IsCancellationRequested)
        {
            // Nobody is there to be told; leaving ends the generation.
        }
        catch (Exception exception) when (!client.IsCancellationRequested)
        {
            await events.SendAsync(ChatEventTypes.Error, run.Explain(context, exception).For(context.Request), client);
        }
    }
}
