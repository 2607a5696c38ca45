using Slipway.Engine.Scheduling;

namespace Slipway.Engine.Sampling;

/// <summary>Log probabilities of one step under the model's own distribution, before bias, penalties and temperature.</summary>
internal sealed class LogprobReport
{
    private readonly float[] _logits;
    private readonly double _logTotal;
    private readonly (int Id, float Logprob)[] _top;

    private LogprobReport(float[] logits, double logTotal, (int Id, float Logprob)[] top)
    {
        _logits = logits;
        _logTotal = logTotal;
        _top = top;
    }

    /// <summary>Measures <paramref name="logits"/> now, since sampling changes them. Valid until the scratch is used again.</summary>
    public static LogprobReport Take(ReadOnlySpan<float> logits, int top, SamplingScratch scratch)
    {
        var raw = scratch.Raw;
        logits.CopyTo(raw);
        var maximum = Logits.Max(logits);
        var logTotal = maximum + Math.Log(Logits.Exponentials(logits, maximum, 1, scratch.Weights));
        return new LogprobReport(raw, logTotal, Best(logits, top, logTotal));
    }

    public TokenProbability For(int token) => new(token, (float)(_logits[token] - _logTotal), _top);

    private static (int Id, float Logprob)[] Best(ReadOnlySpan<float> logits, int top, double logTotal)
    {
        var queue = new PriorityQueue<int, float>(top + 1);
        for (var id = 0; id < logits.Length && top > 0; id++)
        {
            if (queue.Count < top)
            {
                queue.Enqueue(id, logits[id]);
            }
            else if (queue.TryPeek(out _, out var least) && logits[id] > least)
            {
                queue.DequeueEnqueue(id, logits[id]);
            }
        }
        var best = new (int, float)[queue.Count];
        for (var i = best.Length - 1; i >= 0; i--)
        {
            queue.TryDequeue(out var id, out var logit);
            best[i] = (id, (float)(logit - logTotal));
        }
        return best;
    }
}
