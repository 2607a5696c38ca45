using Slipway.Engine.Constraints.Automata;
using Slipway.Engine.Constraints.Matching;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Constraints;

/// <summary>Which thought may come before the constrained answer.</summary>
internal sealed class ThinkingBefore
{
    private static readonly Rule Open = Word("<think>");

    /// <summary>
    /// The thought up to its end, and the blank line that models write after it. A budget may end the thought within a
    /// character, so its bytes are as free as those of any other output.
    /// </summary>
    private static readonly Rule[] Thought =
    [
        new LexRule(FreeText.BytesUntil("</think>"), allowsAdded: true),
        new LexRule(ByteNfa.Compile(Expression.Times(Expression.Text("\n"), 0, 2), isShared: true)!),
    ];

    private readonly Func<Rule, Rule> _wrap;

    private ThinkingBefore(Func<Rule, Rule> wrap) => _wrap = wrap;

    /// <summary>The answer begins at once.</summary>
    public static ThinkingBefore None { get; } = new(answer => answer);

    /// <summary>The model may open a thought first.</summary>
    public static ThinkingBefore Optional { get; } =
        new(answer => new ChoiceRule(answer, new SequenceRule([Open, .. Thought, answer])));

    /// <summary>The prompt has opened one.</summary>
    public static ThinkingBefore Opened { get; } = new(answer => new SequenceRule([.. Thought, answer]));

    /// <summary>What a request leaves room for: the prompt says whether a thought is open, or over already.</summary>
    public static ThinkingBefore In(GenerationRequest request, Tokenizer tokenizer)
    {
        if (request.StartsInThought)
        {
            return Opened;
        }
        return request.SplitThinking && !EndsWithThought(request.Prompt, tokenizer) ? Optional : None;
    }

    /// <summary>Templates that turn thinking off write an empty thought; it is the last thing in the prompt.</summary>
    private static bool EndsWithThought(IReadOnlyList<int> prompt, Tokenizer tokenizer)
    {
        const int MoreThanItTakes = 16;
        var tail = tokenizer.Decode([.. prompt.Skip(prompt.Count - MoreThanItTakes).Where(id => id < tokenizer.VocabularySize)]);
        return tail.AsSpan().TrimEnd().EndsWith("</think>", StringComparison.Ordinal);
    }

    public Grammar Wrap(Grammar answer) => this == None ? answer : new Grammar(_wrap(answer.Root), answer.MaxDepth);

    private static LexRule Word(string text) => new(ByteNfa.Compile(Expression.Text(text), isShared: true)!, allowsAdded: true);
}
