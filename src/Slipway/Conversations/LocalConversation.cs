using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Commands;
using Slipway.Engine;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;

namespace Slipway.Conversations;

/// <summary>With a model in this process.</summary>
internal sealed class LocalConversation : IConversation
{
    private readonly LanguageModel _model;
    private readonly Manner _manner;
    private readonly InferenceEngine _engine;
    private readonly JsonArray _messages = [];

    public LocalConversation(LanguageModel model, int threads, Manner manner)
    {
        _model = model;
        if (model.ChatTemplate is null)
        {
            throw new CommandException($"The model '{model.Name}' has no chat template; try 'slipway run'.");
        }
        _manner = manner;
        _engine = new InferenceEngine(model, new EngineOptions { MaxSequences = 1, Threads = threads });
    }

    public async IAsyncEnumerable<string> SayAsync(string message, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var turn = new JsonObject { ["role"] = "user", ["content"] = message };
        var prompt = _model.RenderPrompt(
            [.. _messages.Select(one => one!.DeepClone()), turn.DeepClone()], new JsonObject { ["enable_thinking"] = _manner.EnableThinking });
        var answer = new StringBuilder();
        if (new ReasoningSplitter(prompt).StartsInThought)
        {
            answer.Append("<think>\n"); // The template wrote it; the answer reads whole with it.
            yield return "<think>\n";
        }
        var generation = _engine.Submit(new GenerationRequest
        {
            Prompt = _model.EncodePrompt(prompt),
            Sampling = new SamplingOptions { Temperature = _manner.Temperature, TopP = 0.9f },
        });
        await foreach (var piece in generation.ReadAllAsync(cancellationToken))
        {
            answer.Append(piece.Text);
            yield return piece.Text;
        }
        _messages.Add(turn);
        _messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = answer.ToString() });
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _model.Dispose();
    }
}
