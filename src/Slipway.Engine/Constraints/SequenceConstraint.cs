using Slipway.Engine.Constraints.Masks;
using Slipway.Engine.Constraints.Matching;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Constraints;

/// <summary>Keeps one sequence to its grammar. Not for use by two threads at once.</summary>
internal sealed class SequenceConstraint
{
    /// <summary>Ways to understand the output so far at most; a very ambiguous grammar loses the last ones.</summary>
    private const int MaxThreads = 1_000;

    private readonly Tokenizer _tokenizer;
    private readonly MaskFiller _filler;
    private readonly Matcher _matcher;
    private readonly int _words;
    private ThreadSet _current;
    private ThreadSet _next = new();

    public SequenceConstraint(Grammar grammar, MaskTable masks, Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _matcher = new Matcher(grammar.MaxDepth);
        _filler = new MaskFiller(masks, _matcher);
        _words = masks.Words;
        _current = _matcher.Start(grammar.Root);
    }

    /// <summary>Words of a mask.</summary>
    public int Words => _words;

    /// <summary>Whether nothing but the end can follow.</summary>
    public bool IsComplete => _current is { Accepts: true, Count: 0 };

    /// <summary>Whether what was written is no beginning of any match. Only tokens that no mask let in lead here.</summary>
    public bool IsBroken => _current.IsEmpty;

    /// <summary>Nodes of the vocabulary's tree walked for this sequence alone.</summary>
    public long Walked => _filler.Walked;

    /// <summary>Whether the output may end here.</summary>
    public bool MayEnd => _current.Accepts;

    /// <summary>Writes a bit for every token, set where the token may come next.</summary>
    public void Fill(Span<ulong> mask)
    {
        mask.Clear();
        _filler.Fill(_current, mask);
        if (_current.Accepts)
        {
            foreach (var token in _tokenizer.EndTokens)
            {
                if (token >> 6 < mask.Length)
                {
                    mask[token >> 6] |= 1ul << token;
                }
            }
        }
    }

    /// <summary>Reads a token that was chosen, or that the engine wrote itself.</summary>
    public void Advance(int token)
    {
        if (_tokenizer.EndTokens.Contains(token))
        {
            return;
        }
        Advance(_tokenizer.GetBytes(token));
    }

    /// <summary>Reads bytes.</summary>
    public void Advance(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            _next.Clear();
            _matcher.Step(_current.Threads, value, _next);
            (_current, _next) = (_next, _current);
        }
        _current.Limit(MaxThreads);
    }
}
