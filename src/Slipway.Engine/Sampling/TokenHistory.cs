namespace Slipway.Engine.Sampling;

/// <summary>How often each token occurs in an answer, and which occur in its prompt: what penalties look at.</summary>
internal sealed class TokenHistory
{
    private readonly Dictionary<int, int> _answer = [];
    private readonly HashSet<int> _all = [];

    public TokenHistory(ReadOnlySpan<int> prompt)
    {
        foreach (var token in prompt)
        {
            _all.Add(token);
        }
    }

    public void Add(int token)
    {
        _all.Add(token);
        _answer[token] = _answer.GetValueOrDefault(token) + 1;
    }

    /// <summary>Changes the logits of the tokens seen so far.</summary>
    public void Penalize(Span<float> logits, SamplingOptions options)
    {
        if (options.RepetitionPenalty != 1)
        {
            foreach (var token in _all)
            {
                var logit = logits[token];
                logits[token] = logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty;
            }
        }
        foreach (var (token, count) in _answer)
        {
            logits[token] -= options.PresencePenalty + (count * options.FrequencyPenalty);
        }
    }
}
