using Slipway.Engine.Sampling;

namespace Slipway.Engine.Tests.Sampling;

public sealed class TokenMaskTests
{
    public static TheoryData<int> Lengths => [1, 63, 64, 65, 128, 150]; // both sides of a word

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Only_the_logits_of_tokens_in_the_mask_stay(int length)
    {
        var random = new Random(length);
        ulong[] mask = [.. Enumerable.Range(0, (length + 63) / 64).Select(i => i == 1 ? 0 : (ulong)random.NextInt64())];
        float[] logits = [.. Enumerable.Range(0, length).Select(i => (float)i)];

        TokenMask.Apply(mask, logits);

        for (var token = 0; token < length; token++)
        {
            Assert.Equal(TokenMask.Contains(mask, token) ? token : float.NegativeInfinity, logits[token]);
        }
    }
}
