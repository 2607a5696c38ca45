using Slipway.Engine.Cache;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Sampling;
using Slipway.Engine.Speculation;

namespace Slipway.Engine.Scheduling;

/// <summary>One generation inside the loop: its tokens, its blocks, and what becomes of each new token.</summary>
internal sealed class Sequence
{
    // Parent of blocks that no beginning leads to.
    private const long Unreachable = -1;

    private const int LongestDraft = 16;

    private readonly BlockCache _cache;
    private readonly DraftRule _rule = new();
    private readonly int[] _draft = new int[LongestDraft];
    private PromptLookup? _lookup;
    private int? _uncomputed;
    private int[] _tokens;
    private int _published;
    private long _publishedId;

    public Sequence(Generation generation, GenerationRequest request, TextOutput text, Sampler sampler, TokenHistory? history, BlockCache cache, int maxTokens)
    {
        Generation = generation;
        Request = request;
        Text = text;
        Sampler = sampler;
        History = history;
        MaxTokens = maxTokens;
        _cache = cache;
        PromptLength = request.Prompt.Count;
        _tokens = new int[Math.Max(PromptLength + 64, 128)];
        for (var i = 0; i < PromptLength; i++)
        {
            _tokens[i] = request.Prompt[i];
        }
        Count = PromptLength;
        Blocks = new int[(_tokens.Length / KvPool.BlockTokens) + 1];
    }

    public Generation Generation { get; }

    public GenerationRequest Request { get; }

    public TextOutput Text { get; }

    public Sampler Sampler { get; }

    public TokenHistory? History { get; }

    /// <summary>Gathers the states of a text that is to be embedded; null for one that is to be continued.</summary>
    public StatePool? States { get; init; }

    /// <summary>Tokens to generate at most.</summary>
    public int MaxTokens { get; }

    public int PromptLength { get; }

    /// <summary>Prompt tokens found in the cache when it was first admitted.</summary>
    public int CachedTokens { get; set; } = -1;

    /// <summary>Tokens so far, prompt and answer.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them have their keys and values in the cache.</summary>
    public int Computed { get; private set; }

    /// <summary>Tokens that the model must still see.</summary>
    public int Pending => Count - Computed;

    public int Generated => Count - PromptLength;

    /// <summary>Blocks in order; the first <see cref="BlockCount"/> are meant.</summary>
    public int[] Blocks { get; private set; }

    public int BlockCount { get; private set; }

    /// <summary>Number of this sequence's first row of logits in the current step, or −1; those of its guesses follow it.</summary>
    public int OutputRow { get; set; }

    /// <summary>Tokens behind the last one that are guessed, and computed in the current step as if they were known.</summary>
    public int DraftCount { get; private set; }

    /// <summary>The next tokens that the model must see; behind the known ones the guessed.</summary>
    public ReadOnlySpan<int> NextTokens(int count) => _tokens.AsSpan(Computed, count);

    /// <summary>Guesses what comes next, as far as that pays and there is room for it in the cache.</summary>
    /// <param name="most">No more tokens than these.</param>
    /// <param name="sequences">Sequences in the step.</param>
    /// <param name="cost">Of a guessed token, as in <see cref="DraftRule.Choose"/>.</param>
    public void Draft(int most, int sequences, double cost)
    {
        // The last token that may come needs nobody behind it; a text that is to be embedded needs none at all.
        most = States is null ? Math.Min(most, MaxTokens - Generated - 1) : 0;
        if (most < 1)
        {
            return;
        }
        _lookup ??= new PromptLookup(PromptLength + Math.Min(MaxTokens, 4096));
        if (!_lookup.TryGuess(_tokens.AsSpan(0, Count), _draft.AsSpan(0, Math.Min(most, _draft.Length))))
        {
            return;
        }
        var length = _rule.Choose(Math.Min(most, _draft.Length), sequences, cost);
        if (length == 0 || !TryReserve(Count + length))
        {
            _uncomputed = _draft[0];
            return;
        }
        MakeRoom(length);
        _draft.AsSpan(0, length).CopyTo(_tokens.AsSpan(Count));
        DraftCount = length;
    }

    /// <summary>Whether the guess for a place of this step was this token.</summary>
    public bool IsGuessed(int place, int token) => place < DraftCount && _draft[place] == token;

    /// <summary>The step is over.</summary>
    /// <param name="right">How many guesses were right.</param>
    public void EndDraft(int right)
    {
        if (DraftCount > 0)
        {
            _rule.Learn(DraftCount, right);
            DraftCount = 0;
        }
    }

    /// <summary>Takes over every block of the beginning that some sequence has already computed.</summary>
    public void ShareBeginning()
    {
        if (States is { NeedsEveryToken: true })
        {
            return;
        }
        // The last token is always computed: its logits are wanted.
        while ((BlockCount + 1) * KvPool.BlockTokens < Count
            && _cache.TryShare(_publishedId, BlockTokens(BlockCount), out var block, out var id))
        {
            AddBlock(block);
            _publishedId = id;
            _published++;
        }
        Computed = BlockCount * KvPool.BlockTokens;
    }

    /// <summary>Makes room for the tokens up to <paramref name="length"/>; false when no block is to be had.</summary>
    public bool TryReserve(int length)
    {
        while (BlockCount * KvPool.BlockTokens < length)
        {
            if (!_cache.TryAllocate(out var block))
            {
                return false;
            }
            AddBlock(block);
        }
        return true;
    }

    /// <summary>Notes that a step has computed <paramref name="count"/> more tokens, and lets others share the full blocks.</summary>
    public void Advance(int count)
    {
        Computed += count;
        while ((_published + 1) * KvPool.BlockTokens <= Computed)
        {
            _publishedId = _cache.Publish(Blocks[_published], _publishedId, BlockTokens(_published));
            _published++;
        }
    }

    /// <summary>From now on no other takes over what is computed of this one: it is partly of weights that are gone.</summary>
    public void KeepToItself() => _publishedId = Unreachable;

    public void Append(int token)
    {
        if (_uncomputed is { } guess)
        {
            _rule.Learn(1, guess == token ? 1 : 0);
            _uncomputed = null;
        }
        MakeRoom(1);
        _tokens[Count++] = token;
        History?.Add(token);
        Sampler.Constraint?.Advance(token);
        Generation.Generated = Generated;
    }

    /// <summary>Gives all blocks back; what is still known of them can be taken over again.</summary>
    public void ReleaseBlocks()
    {
        // The end goes first: it is of use only together with the beginning.
        for (var i = BlockCount - 1; i >= 0; i--)
        {
            _cache.Release(Blocks[i]);
        }
        (BlockCount, Computed, _published, _publishedId) = (0, 0, 0, 0);
        States?.Clear();
    }

    private void MakeRoom(int count)
    {
        if (Count + count > _tokens.Length)
        {
            Array.Resize(ref _tokens, Math.Max(Count * 2, Count + count));
        }
    }

    private ReadOnlySpan<int> BlockTokens(int index) => _tokens.AsSpan(index * KvPool.BlockTokens, KvPool.BlockTokens);

    private void AddBlock(int block)
    {
        if (BlockCount == Blocks.Length)
        {
            var blocks = Blocks;
            Array.Resize(ref blocks, BlockCount * 2);
            Blocks = blocks;
        }
        Blocks[BlockCount++] = block;
    }
}
