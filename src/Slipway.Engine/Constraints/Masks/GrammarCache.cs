using Slipway.Engine.Constraints.Automata;
using Slipway.Engine.Constraints.Matching;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Constraints.Masks;

/// <summary>
/// The grammars that an engine met last, with their masks over its vocabulary: a second request with the same schema finds
/// all work done. Any number of threads may ask.
/// </summary>
/// <param name="tokenizer">The vocabulary.</param>
/// <param name="vocabulary">Rows of logits; at least the tokenizer's tokens.</param>
internal sealed class GrammarCache(Tokenizer tokenizer, int vocabulary)
{
    private const int MaxGrammars = 32;

    /// <summary>Masks of all grammars together; those not asked for the longest go first.</summary>
    private const long MaxBytes = 256 << 20;

    private readonly Lazy<MaskTable> _shared = new(() => new MaskTable(new TokenTrie(tokenizer), vocabulary, shared: null));
    private readonly LinkedList<(string Key, Grammar Grammar, MaskTable Masks)> _recent = new();
    private readonly Lock _gate = new();

    /// <summary>The masks that all grammars share. The first call reads the whole vocabulary.</summary>
    public MaskTable Shared => _shared.Value;

    /// <summary>What keeps one sequence to a grammar.</summary>
    /// <param name="output">The grammar.</param>
    /// <param name="thinking">What may come before it.</param>
    public SequenceConstraint Start(OutputGrammar output, ThinkingBefore thinking)
    {
        var (grammar, masks) = Find(output);
        Shared.Get(JsonTokens.String, JsonTokens.String.Next(0, (byte)'"')); // The widest, while the caller waits and not the loop.
        return new SequenceConstraint(thinking.Wrap(grammar), masks, tokenizer);
    }

    private (Grammar Grammar, MaskTable Masks) Find(OutputGrammar output)
    {
        var shared = Shared;
        lock (_gate)
        {
            for (var node = _recent.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == output.Key)
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                    return (node.Value.Grammar, node.Value.Masks);
                }
            }
            while (_recent.Count >= MaxGrammars || _recent.Sum(one => one.Masks.Bytes) > MaxBytes)
            {
                _recent.RemoveLast();
            }
            var masks = new MaskTable(shared.Trie, vocabulary, shared);
            _recent.AddFirst((output.Key, output.Grammar, masks));
            return (output.Grammar, masks);
        }
    }
}
