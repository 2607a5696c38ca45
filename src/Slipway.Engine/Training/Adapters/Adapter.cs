namespace Slipway.Engine.Training.Adapters;

/// <summary>Low-rank additions that were read from a folder; owns their memory.</summary>
/// <param name="Rank">r, of every pair.</param>
/// <param name="Alpha">α.</param>
/// <param name="BaseModelName">What the model they belong to was called; null where the folder does not say.</param>
/// <param name="Pairs">In the order of their names.</param>
internal sealed record Adapter(int Rank, double Alpha, string? BaseModelName, IReadOnlyList<LoraPair> Pairs) : IDisposable
{
    public void Dispose()
    {
        foreach (var pair in Pairs)
        {
            pair.A.Dispose();
            pair.B.Dispose();
        }
    }
}
