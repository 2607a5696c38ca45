namespace Slipway.Recipe.Arithmetic;

/// <summary>
/// Which pairs of numbers are never trained, in either order, whatever the wording. A digit with another one, or with a number
/// up to 18, is always trained: these are the tables that the steps of longer sums are made of.
/// </summary>
internal static class PairSplit
{
    private const int HeldOutOneIn = 5;
    private const int HighestInTables = 18;

    public static bool IsHeldOut(int a, int b)
    {
        var (low, high) = a < b ? (a, b) : (b, a);
        var isInTables = low < 10 && high <= HighestInTables;
        return !isInTables && Chance.Mix((ulong)((low * 1000) + high)) % HeldOutOneIn == 0;
    }
}
