using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Training.Data;

/// <summary>Turns examples into tokens and says which of them are learned. Several threads may use it.</summary>
/// <remarks>
/// Control tokens that stand written in a text become those tokens: training data belongs to whoever trains.
/// </remarks>
internal sealed class ExampleEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly ConversationRenderer? _renderer;
    private readonly int _cutoffLength;
    private readonly bool _trainOnPrompt;
    private readonly int? _endOfText;

    /// <param name="tokenizer">The model's.</param>
    /// <param name="template">The model's; fine-tuning needs it.</param>
    /// <param name="stage">Decides which examples are accepted.</param>
    /// <param name="cutoffLength">Tokens of an example at most, at least 2.</param>
    /// <param name="trainOnPrompt">Whether all of a conversation is learned, not the answers alone.</param>
    /// <exception cref="ArgumentException">There is no template for fine-tuning, or the cutoff is too short.</exception>
    public ExampleEncoder(Tokenizer tokenizer, ChatTemplate? template, TrainingStage stage, int cutoffLength, bool trainOnPrompt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cutoffLength, 2);
        if (stage == TrainingStage.SupervisedFineTuning && template is null)
        {
            throw new ArgumentException("The model has no chat template; fine-tuning on conversations needs one.", nameof(template));
        }

        (_tokenizer, Stage, _cutoffLength, _trainOnPrompt) = (tokenizer, stage, cutoffLength, trainOnPrompt);
        _renderer = template is null ? null : new ConversationRenderer(tokenizer, template);
        _endOfText = tokenizer.FindToken("<|endoftext|>") is int id && tokenizer.GetKind(id) == TokenKind.Control ? id : tokenizer.EndToken;
    }

    public TrainingStage Stage { get; }

    /// <summary>
    /// The example as tokens: a text in consecutive parts of the cutoff's length; a conversation in one, or in several
    /// where the template writes earlier answers differently later on. None where the cutoff leaves nothing to learn.
    /// </summary>
    /// <exception cref="ExampleException">The template refuses the conversation.</exception>
    public IEnumerable<EncodedExample> Encode(Example example) => example switch
    {
        PlainText text => EncodeText(text.Text),
        Conversation conversation => _renderer!.Render(conversation).Select(EncodeRendered).OfType<EncodedExample>(),
        _ => throw new ArgumentException($"{example} is no known example.", nameof(example)),
    };

    private IEnumerable<EncodedExample> EncodeText(string text)
    {
        var tokens = EncodeWithBegin(text);
        if (_endOfText is int end)
        {
            tokens.Add(end);
        }

        foreach (var part in tokens.Chunk(_cutoffLength).Where(part => part.Length >= 2))
        {
            yield return new EncodedExample(part, [false, .. Enumerable.Repeat(true, part.Length - 1)]);
        }
    }

    private EncodedExample? EncodeRendered(RenderedConversation rendered)
    {
        var tokens = EncodeWithBegin(rendered.Text);
        var learned = new bool[Math.Min(tokens.Count, _cutoffLength)];
        if (_trainOnPrompt)
        {
            Array.Fill(learned, true);
        }

        foreach (var (start, end) in rendered.Answers)
        {
            var first = TokensIn(rendered.Text[..start], tokens);
            if (first >= learned.Length)
            {
                break;
            }

            var last = Math.Min(TokensIn(rendered.Text[..end], tokens), learned.Length);
            learned.AsSpan(first, Math.Max(0, last - first)).Fill(true);
        }

        if (learned.Length > 0)
        {
            learned[0] = false;
        }

        return learned.Contains(true) ? new EncodedExample([.. tokens.Take(learned.Length)], learned) : null;
    }

    /// <summary>
    /// How many of the whole text's tokens the beginning takes up; one that reaches over its end counts. Found by bytes:
    /// the beginning alone may end in other tokens than it does within the whole.
    /// </summary>
    private int TokensIn(string beginning, List<int> whole)
    {
        var alone = EncodeWithBegin(beginning);
        var shared = 0;
        while (shared < alone.Count && shared < whole.Count && alone[shared] == whole[shared])
        {
            shared++;
        }

        var bytes = alone.Skip(shared).Sum(id => _tokenizer.GetBytes(id).Length);
        for (; bytes > 0 && shared < whole.Count; shared++)
        {
            bytes -= _tokenizer.GetBytes(whole[shared]).Length;
        }

        return shared;
    }

    /// <summary>As the engine encodes prompts: with the begin token where the model wants it and the text lacks it.</summary>
    private List<int> EncodeWithBegin(string text)
    {
        var tokens = new List<int>();
        _tokenizer.Encode(text, tokens);
        if (_tokenizer.AddsBeginToken && _tokenizer.BeginToken is int begin && (tokens.Count == 0 || tokens[0] != begin))
        {
            tokens.Insert(0, begin);
        }

        return tokens;
    }
}
