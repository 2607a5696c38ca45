using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;

namespace Slipway.Server.Serving;

/// <summary>Starts answers to conversations on the loaded model.</summary>
internal sealed class Answering(ModelHost host)
{
    private const string ThoughtMark = "<think>";
    /// <summary>A place is usually free after one short answer.</summary>
    public const int RetryAfterSeconds = 2;

    /// <summary>Queues <paramref name="request"/>; either an answer to read and dispose, or why there is none.</summary>
    public async Task<(Answer? Answer, Refusal? Refusal)> StartAsync(AnswerRequest request, CancellationToken cancellationToken)
    {
        var (lease, refusal) = await host.TakeAsync(request.Model, cancellationToken);
        if (lease is null)
        {
            return (null, refusal);
        }

        try
        {
            var (answer, unsuited) = Start(lease, request);
            if (answer is null)
            {
                lease.Dispose();
            }

            return (answer, unsuited);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private static (Answer? Answer, Refusal? Refusal) Start(Lease<LoadedModel> lease, AnswerRequest request)
    {
        var (prompt, refusal) = Render(lease.Value, request);
        if (prompt is null)
        {
            return (null, refusal);
        }

        var ids = lease.Value.ControlTexts.Encode(prompt, lease.Value.Model.EncodePrompt);
        if (ids.Count > lease.Value.Engine.MaxPromptTokens)
        {
            return (null, new Refusal(
                RefusalKind.TooLong, ServingSentences.TooLong(ids.Count, lease.Value.Engine.MaxPromptTokens)));
        }

        // From the prompt itself, never from a flag: some templates open the thought, some close an empty one.
        var startsInThought = new ReasoningSplitter(prompt).StartsInThought;
        var opened = startsInThought && !request.SeparateThinking
            ? prompt[prompt.LastIndexOf(ThoughtMark, StringComparison.Ordinal)..]
            : "";
        try
        {
            return (new Answer(lease, lease.Value.Engine.Submit(ToGeneration(request, ids, startsInThought)), ids.Count, opened), null);
        }
        catch (EngineBusyException)
        {
            return (null, new Refusal(RefusalKind.Busy, ServingSentences.Busy, RetryAfterSeconds));
        }
        catch (ArgumentException exception)
        {
            return (null, new Refusal(RefusalKind.Unsuitable, ServingSentences.Unsuitable(exception.Message)));
        }
    }

    private static (string? Prompt, Refusal? Refusal) Render(LoadedModel model, AnswerRequest request)
    {
        if (model.Model.ChatTemplate is null)
        {
            return (null, new Refusal(RefusalKind.Unsuitable, ServingSentences.NoTemplate(model.Name)));
        }

        var messages = new JsonArray([.. request.Turns.Select(turn => (JsonNode)new JsonObject
        {
            ["role"] = turn.Role,
            ["content"] = model.ControlTexts.Disarm(turn.Content),
        })]);
        try
        {
            return (model.Model.RenderPrompt(messages, new JsonObject { ["enable_thinking"] = request.EnableThinking }), null);
        }
        catch (ChatTemplateException exception)
        {
            return (null, new Refusal(RefusalKind.Unsuitable, ServingSentences.TemplateRefused(exception.Message)));
        }
    }

    private static GenerationRequest ToGeneration(AnswerRequest request, IReadOnlyList<int> prompt, bool startsInThought) => new()
    {
        Prompt = prompt,
        MaxTokens = request.MaxTokens,
        Stop = request.Stop,
        StartsInThought = startsInThought,
        SplitThinking = request.SeparateThinking,
        Sampling = new SamplingOptions
        {
            Temperature = (float)request.Temperature,
            TopP = (float)request.TopP,
            TopK = request.TopK,
            Seed = (ulong?)request.Seed,
        },
    };
}
