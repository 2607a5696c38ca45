using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Training.Data;

/// <summary>Writes conversations with the model's own template and finds the answers in what it wrote.</summary>
/// <remarks>
/// <para>
/// Templates do not mark answers. So each answer is rendered twice: P, everything before it with the opening of the
/// assistant's turn, is what the model will be given; F, everything up to and with it, is what it should have made of
/// that. What F has after P is learned, through the token that ends the turn but without the white space after it.
/// With Qwen3 that includes the empty thought which its template writes for an answer without one; where
/// <c>enable_thinking</c> is false it is part of P and not learned, just as in serving.
/// </para>
/// <para>
/// Some templates open more in P than F keeps. Where that is a thought left open, the template belongs to a model that
/// always thinks and an answer that has no thought: the answer is learned as F has it. Else (an empty thought, when
/// <c>enable_thinking</c> is false) F is corrected to what the model should make of P: P, and what F has after the place
/// where the two part. That place must not be before the assistant's turn: P without its opening has to be the
/// beginning of F.
/// </para>
/// <para>
/// The last answer's F is the whole text. An earlier answer is learned in that text where its F is the beginning of it.
/// Where the template writes it differently later on (Qwen3 drops the thoughts of earlier turns), its F becomes a text
/// of its own, since that is what the model will have written when it was the last.
/// </para>
/// </remarks>
internal sealed class ConversationRenderer(Tokenizer tokenizer, ChatTemplate template)
{
    private static readonly UnchangingClock Clock = new();

    private readonly string[] _ends = [.. tokenizer.EndTokens.Select(id => Encoding.UTF8.GetString(tokenizer.GetBytes(id)))];

    /// <summary>
    /// A text for each answer that the template writes differently later on, and at the end the one with all others. One
    /// after another: a long conversation has many.
    /// </summary>
    /// <exception cref="ExampleException">The template refuses the conversation, or writes its beginning anew for each answer.</exception>
    public IEnumerable<RenderedConversation> Render(Conversation conversation)
    {
        var last = conversation.Messages.Count - 1;
        var whole = RenderAnswer(conversation, last);
        List<(int, int)> inPlace = [];
        for (var i = 0; i < last; i++)
        {
            if (ConversationRules.RoleOf(conversation.Messages[i]) != "assistant")
            {
                continue;
            }

            var (text, start, end) = RenderAnswer(conversation, i);
            if (whole.Text.StartsWith(text, StringComparison.Ordinal))
            {
                inPlace.Add((start, end));
            }
            else
            {
                yield return new RenderedConversation(text, [(start, end)]);
            }
        }

        yield return new RenderedConversation(whole.Text, [.. inPlace, (whole.Start, whole.End)]);
    }

    /// <summary>F, and where in it the learned part is.</summary>
    private (string Text, int Start, int End) RenderAnswer(Conversation conversation, int index)
    {
        var prompt = Render(conversation, index, opensAnswer: true); // P
        var text = Render(conversation, index + 1, opensAnswer: false); // F
        var start = prompt.AsSpan().CommonPrefixLength(text);
        if (start < prompt.Length)
        {
            if (start < Render(conversation, index, opensAnswer: false).Length)
            {
                throw new ExampleException(
                    $"the chat template writes what comes before message {index + 1} differently once that is there; "
                    + "accepted are conversations that it only adds to.");
            }

            if (!new ReasoningSplitter(prompt).StartsInThought)
            {
                (text, start) = (Continue(prompt, text[start..], index), prompt.Length);
            }
        }

        return (text, start, Math.Max(start, EndOfTurn(text)));
    }

    private static string Continue(string prompt, string answer, int index) => answer.Contains("</think>", StringComparison.Ordinal)
        ? throw new ExampleException(
            $"message {index + 1} has a thought, but the template has already closed one before it; "
            + "accepted with \"enable_thinking\": false are answers without thoughts.")
        : prompt + answer;

    private int EndOfTurn(string text)
    {
        var trimmed = text.AsSpan().TrimEnd();
        foreach (var end in _ends)
        {
            if (trimmed.EndsWith(end, StringComparison.Ordinal))
            {
                return trimmed.Length;
            }
        }

        return text.Length;
    }

    /// <summary>The first messages as the template writes them.</summary>
    private string Render(Conversation conversation, int count, bool opensAnswer)
    {
        var messages = new JsonArray([.. conversation.Messages.Take(count).Select(message => message.DeepClone())]);
        var variables = new JsonObject
        {
            ["bos_token"] = Spell(tokenizer.BeginToken),
            ["eos_token"] = Spell(tokenizer.EndToken),
        };
        if (conversation.Tools is { } tools)
        {
            variables["tools"] = tools.DeepClone();
        }

        if (conversation.EnableThinking is { } enableThinking)
        {
            variables["enable_thinking"] = enableThinking;
        }

        try
        {
            return template.Render(messages, opensAnswer, variables, Clock);
        }
        catch (ChatTemplateException exception)
        {
            throw new ExampleException($"the chat template refuses the conversation: {exception.Message}");
        }
    }

    private string Spell(int? token) => token is int id ? Encoding.UTF8.GetString(tokenizer.GetBytes(id)) : "";

    /// <summary>For templates that write today's date: the same data give the same tokens on any day.</summary>
    private sealed class UnchangingClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
