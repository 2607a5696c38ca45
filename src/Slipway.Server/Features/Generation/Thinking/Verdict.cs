namespace Slipway.Server.Features.Generation.Thinking;

/// <summary>What several samples come to.</summary>
/// <param name="Chosen">The surest of those that agree.</param>
/// <param name="Agreeing">How many agree, itself among them.</param>
/// <param name="Confidence">Its probability times the share of all samples that agree with it.</param>
internal sealed record Verdict(Sample Chosen, int Agreeing, double Confidence)
{
    /// <summary>
    /// The majority; among groups of the same size the one with the surest sample. Two answers are the same where
    /// <see cref="AnswerForm"/> is. Samples without an answer agree with nobody, but count as drawn.
    /// </summary>
    public static Verdict Of(IReadOnlyList<Sample> samples)
    {
        var majority = samples
            .Where(sample => sample.Answer.Length > 0)
            .GroupBy(sample => AnswerForm.Of(sample.Answer), StringComparer.Ordinal)
            .Select(group => (Best: group.MaxBy(sample => sample.Probability)!, Count: group.Count()))
            .OrderByDescending(group => group.Count)
            .ThenByDescending(group => group.Best.Probability)
            .FirstOrDefault();
        return majority is (null, _)
            ? new Verdict(samples[0], 0, 0)
            : new Verdict(majority.Best, majority.Count, majority.Best.Probability * majority.Count / samples.Count);
    }
}
