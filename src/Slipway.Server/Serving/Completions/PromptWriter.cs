using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;

namespace Slipway.Server.Serving.Completions;

/// <summary>A prompt as the engine takes it.</summary>
/// <param name="Text">For surfaces that say it again.</param>
/// <param name="Tokens">Its ids.</param>
/// <param name="StartsInThought">Whether it ends inside a thought.</param>
internal sealed record WrittenPrompt(string Text, IReadOnlyList<int> Tokens, bool StartsInThought);

/// <summary>Writes prompts for one model.</summary>
internal static class PromptWriter
{
    /// <exception cref="ChatTemplateException">The template does not take the conversation.</exception>
    public static WrittenPrompt Write(LoadedModel model, Conversation conversation)
    {
        var variables = (JsonObject)Disarm(model, conversation.Variables)!;
        var messages = conversation.Messages;
        if (!model.Tools.IsTaught)
        {
            messages = PlainTools.Spell(conversation);
        }
        else if (conversation.Tools.Count > 0)
        {
            variables["tools"] = Disarm(model, new JsonArray([.. conversation.Tools.Select(tool => tool.Definition.DeepClone())]));
        }

        var text = model.Model.RenderPrompt((JsonArray)Disarm(model, messages)!, variables);
        // From the prompt itself, never from a flag: some templates open the thought, some close an empty one.
        return new WrittenPrompt(
            text, model.ControlTexts.Encode(text, model.Model.EncodePrompt), new ReasoningSplitter(text).StartsInThought);
    }

    /// <summary>A prompt that is to be continued: control texts in it mean what they say, as its writer wants.</summary>
    public static WrittenPrompt Write(LoadedModel model, Prompt prompt) => prompt.Tokens is { } tokens
        ? new WrittenPrompt(Decode(model, tokens), tokens, StartsInThought: false)
        : new WrittenPrompt(prompt.Text!, model.Model.EncodePrompt(prompt.Text!), StartsInThought: false);

    // Ids that are not in the vocabulary are refused by the engine, which names them.
    private static string Decode(LoadedModel model, IReadOnlyList<int> tokens) =>
        model.Model.Tokenizer.Decode([.. tokens.Where(token => (uint)token < (uint)model.Model.Tokenizer.VocabularySize)]);

    /// <summary>Every text from outside, wherever it stands.</summary>
    private static JsonNode? Disarm(LoadedModel model, JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member =>
            KeyValuePair.Create(model.ControlTexts.Disarm(member.Key), Disarm(model, member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => Disarm(model, item))]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(model.ControlTexts.Disarm(text)),
        _ => node?.DeepClone(),
    };
}
