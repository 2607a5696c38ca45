using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Peers;

/// <summary>
/// Both engines on the same file. Where they choose different tokens after the same text, the exact logits must lie
/// closer together than the rounding of 8-bit activations (or, for F16, of halves) moves them.
/// </summary>
internal static class GreedyParity
{
    private const int Count = 64;

    /// <param name="model">The weights, for the exact logits.</param>
    /// <param name="loaded">The same in a file.</param>
    /// <param name="tolerance">How close the exact logits of two choices must lie.</param>
    /// <param name="cancellationToken">Ends llama.cpp.</param>
    public static async Task AssertAsync(TestModel model, LoadedTestModel loaded, double tolerance, CancellationToken cancellationToken)
    {
        int[] prompt = [72, 101, 108, 108, 111, 32, 119];
        var theirs = await LlamaCpp.GreedyAsync(loaded.Path, prompt, Count, cancellationToken);
        Assert.Equal(Count, theirs.Length);
        int[] text = [.. prompt, .. theirs];

        var ours = loaded.Logits(text, KernelTable.Supported[0], chunk: 1)[(prompt.Length - 1)..^1];
        var exact = new ReferenceModel(model).Logits(text[..^1])[(prompt.Length - 1)..];

        for (var i = 0; i < Count; i++)
        {
            var choice = Array.IndexOf(ours[i], ours[i].Max());
            Assert.True(
                choice == theirs[i] || Math.Abs(exact[i][choice] - exact[i][theirs[i]]) < tolerance,
                $"Token {i}: ours {choice} has the exact logit {exact[i][choice]:F4}, theirs {theirs[i]} has {exact[i][theirs[i]]:F4}.");
        }
    }
}
