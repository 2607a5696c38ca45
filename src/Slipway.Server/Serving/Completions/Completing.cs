using Slipway.Engine.ChatTemplates;
using Slipway.Engine.ChatTemplates.ToolCalls;
using Slipway.Engine.Constraints;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;

namespace Slipway.Server.Serving.Completions;

/// <summary>Starts completions on the loaded model.</summary>
internal sealed class Completing(ModelHost host)
{
    // Those that close a thought, with the line breaks around them, however a vocabulary cuts them.
    private const int MarkTokens = 16;

    /// <summary>Queues <paramref name="request"/>; either a completion to read and dispose, or why there is none.</summary>
    public async Task<(Completion? Completion, Refusal? Refusal)> StartAsync(
        CompletionRequest request, CancellationToken cancellationToken)
    {
        var (lease, refusal) = await host.TakeAsync(request.Model, cancellationToken);
        if (lease is null)
        {
            return (null, refusal);
        }

        Completion? completion = null;
        try
        {
            (completion, refusal) = Start(lease, request);
            return (completion, refusal);
        }
        catch (ChatTemplateException exception)
        {
            return (null, new Refusal(RefusalKind.Unsuitable, ServingSentences.TemplateRefused(exception.Message)));
        }
        catch (SchemaRefusedException exception)
        {
            return (null, exception.Refusal);
        }
        finally
        {
            if (completion is null)
            {
                lease.Dispose();
            }
        }
    }

    private static (Completion? Completion, Refusal? Refusal) Start(Lease<LoadedModel> lease, CompletionRequest request)
    {
        var model = lease.Value;
        if (request.Conversation is not null && model.Model.ChatTemplate is null)
        {
            return (null, new Refusal(RefusalKind.Unsuitable, ServingSentences.NoTemplate(model.Name)));
        }

        var prompts = request.Conversation is { } conversation
            ? [PromptWriter.Write(model, conversation)]
            : request.Prompts.Select(prompt => PromptWriter.Write(model, prompt)).ToList();
        var most = model.Engine.MaxPromptTokens;
        if (prompts.Find(prompt => prompt.Tokens.Count > most) is { } tooLong)
        {
            return (null, new Refusal(RefusalKind.TooLong, ServingSentences.TooLong(tooLong.Tokens.Count, most)));
        }

        var (choices, refusal) = Submit(model, request, prompts);
        return choices is null
            ? (null, refusal)
            : (new Completion(
                lease, [.. prompts.Select(prompt => prompt.Text)], prompts.Sum(prompt => prompt.Tokens.Count), choices), null);
    }

    private static (List<ChoiceReader>? Choices, Refusal? Refusal) Submit(
        LoadedModel model, CompletionRequest request, List<WrittenPrompt> prompts)
    {
        var choices = new List<ChoiceReader>(prompts.Count * request.Choices);
        var grammar = GrammarOf.Make(request, model.Tools.Format);
        var context = model.Engine.MaxPromptTokens + 1;
        Refusal refusal;
        try
        {
            foreach (var prompt in prompts)
            {
                for (var i = 0; i < request.Choices; i++)
                {
                    var generation = model.Engine.Submit(ToGeneration(request, prompt, i, grammar, context));
                    choices.Add(MakeReader(model, request, choices.Count, generation));
                }
            }

            return (choices, null);
        }
        catch (EngineBusyException)
        {
            refusal = new Refusal(RefusalKind.Busy, ServingSentences.Busy, Answering.RetryAfterSeconds);
        }
        catch (ArgumentException exception)
        {
            refusal = new Refusal(RefusalKind.Unsuitable, ServingSentences.Unsuitable(WithoutParameter(exception)));
        }

        choices.ForEach(choice => choice.Generation.Cancel());
        return (null, refusal);
    }

    private static ChoiceReader MakeReader(LoadedModel model, CompletionRequest request, int index, Generation generation)
    {
        var hasTools = request.Conversation is { Tools.Count: > 0 };
        return new ChoiceReader(
            index, generation, hasTools ? new ToolCallSplitter(model.Tools.Format) : null,
            request.Conversation?.MayCallSeveral ?? true, model.Model.Tokenizer, request.Sampling.TopLogprobs is not null);
    }

    private static GenerationRequest ToGeneration(
        CompletionRequest request, WrittenPrompt prompt, int choice, OutputGrammar? grammar, int context) => new()
        {
            Prompt = prompt.Tokens,
            MaxTokens = request.MaxTokens,
            MaxAnswerTokens = request.MaxAnswerTokens,
            Stop = request.Stop,
            StartsInThought = prompt.StartsInThought,
            SplitThinking = request.Conversation is not null,
            ThinkingBudget = grammar is null
                ? ThoughtBeforeAnswer(request, context - prompt.Tokens.Count)
                : ThoughtBeforeForm(request, context - prompt.Tokens.Count),
            IgnoreEnd = request.IgnoreEnd,
            Grammar = grammar,
            Sampling = ToSampling(request.Sampling, choice),
        };

    /// <summary>Never less than half of the room: an answer that is asked to be long must not keep the model from thinking.</summary>
    private static int? ThoughtBeforeAnswer(CompletionRequest request, int room) =>
        request is { ThinkingBudget: { } budget, MaxAnswerTokens: { } answer }
            ? Math.Max(1, Math.Min(budget, Math.Max(room - answer - MarkTokens, room / 2)))
            : request.ThinkingBudget;

    /// <summary>Half of the room at most: the form that was asked for must fit behind the thought.</summary>
    private static int ThoughtBeforeForm(CompletionRequest request, int room) =>
        Math.Min(request.ThinkingBudget ?? int.MaxValue, Math.Min(request.MaxTokens ?? int.MaxValue, room) / 2);

    private static SamplingOptions ToSampling(SamplingWishes wishes, int choice) => new()
    {
        Temperature = (float)wishes.Temperature,
        // Above 0 as a double, it must not become 0.
        TopP = Math.Max((float)wishes.TopP, float.Epsilon),
        TopK = wishes.TopK,
        MinP = (float)wishes.MinP,
        RepetitionPenalty = (float)wishes.RepetitionPenalty,
        PresencePenalty = (float)wishes.PresencePenalty,
        FrequencyPenalty = (float)wishes.FrequencyPenalty,
        LogitBias = wishes.LogitBias,
        Seed = wishes.Seed is { } seed ? unchecked((ulong)(seed + choice)) : null,
        TopLogprobs = wishes.TopLogprobs,
    };

    // The framework puts the name of our own parameter behind the sentence.
    public static string WithoutParameter(ArgumentException exception)
    {
        var end = exception.Message.LastIndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }
}
