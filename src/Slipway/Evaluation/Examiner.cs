using System.Text;
using System.Text.Json.Nodes;
using Slipway.Commands;
using Slipway.Engine;
using Slipway.Engine.Cache;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;

namespace Slipway.Evaluation;

/// <summary>Puts questions to a model, many at once; it answers with its most probable tokens.</summary>
/// <param name="model">Has a chat template.</param>
/// <param name="threads">Threads that compute.</param>
/// <param name="maxTokens">Tokens of an answer at most, its thought included.</param>
/// <param name="sequences">Questions that are answered at once.</param>
internal sealed class Examiner(LanguageModel model, int threads, int maxTokens, int sequences)
{
    /// <summary>How keys and values are kept while it answers.</summary>
    public KvFormat KvFormat { get; init; }

    /// <param name="questions">What to ask.</param>
    /// <param name="answered">Called after each answer, by several threads.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>In the order of the questions.</returns>
    /// <exception cref="CommandException">The model has no chat template, or a question does not fit into its context.</exception>
    public async Task<IReadOnlyList<ScoredAnswer>> AskAsync(
        IReadOnlyList<Question> questions, Action answered, CancellationToken cancellationToken)
    {
        if (model.ChatTemplate is null)
        {
            throw new CommandException($"The model '{model.Name}' has no chat template, so it cannot be asked.");
        }
        await using var engine = new InferenceEngine(model, new EngineOptions
        {
            Threads = threads,
            MaxSequences = sequences,
            MaxQueued = sequences,
            KvFormat = KvFormat,
        });
        var answers = new ScoredAnswer[questions.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = sequences, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, questions.Count, options, async (i, token) =>
        {
            answers[i] = await AskAsync(engine, questions[i], token);
            answered();
        });
        return answers;
    }

    private async Task<ScoredAnswer> AskAsync(InferenceEngine engine, Question question, CancellationToken cancellationToken)
    {
        var variables = question.EnableThinking is { } enabled ? new JsonObject { ["enable_thinking"] = enabled } : null;
        var prompt = model.RenderPrompt(question.Messages, variables);
        var tokens = model.EncodePrompt(prompt);
        if (tokens.Length > engine.MaxPromptTokens)
        {
            throw new CommandException($"The question '{question.Id}' has {tokens.Length} tokens; accepted are up to {engine.MaxPromptTokens}.");
        }
        var generation = engine.Submit(new GenerationRequest
        {
            Prompt = tokens,
            MaxTokens = maxTokens,
            Sampling = SamplingOptions.Greedy,
            SplitThinking = true,
            StartsInThought = new ReasoningSplitter(prompt).StartsInThought,
        });
        var answer = new StringBuilder();
        await foreach (var piece in generation.ReadAllAsync(cancellationToken))
        {
            answer.Append(piece.Kind == PieceKind.Answer ? piece.Text : "");
        }
        var text = answer.ToString().Trim();
        return new ScoredAnswer(question, text, question.Key.Accepts(text));
    }
}
