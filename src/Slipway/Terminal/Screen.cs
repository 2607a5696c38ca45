namespace Slipway.Terminal;

/// <summary>The terminal that standard output goes to.</summary>
internal static class Screen
{
    private const int Usual = 80;

    /// <summary>How wide it is now; null where there is none.</summary>
    public static Func<int>? Columns => Console.IsOutputRedirected ? null : Width;

    // Terminals that do not say how wide they are say 0.
    private static int Width() => Console.WindowWidth is > 0 and var columns ? columns : Usual;
}
