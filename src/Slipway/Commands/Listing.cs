using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary>How every list ends: what there is more, or that there is nothing, is told where it does not get into a pipe.</summary>
internal static class Listing
{
    public static int Write(TextTable table, int shown, long total, string whenEmpty)
    {
        if (shown == 0 && total == 0)
        {
            Console.Error.WriteLine(whenEmpty);
            return CommandLine.Success;
        }
        table.Write();
        if (shown < total)
        {
            Console.Error.WriteLine($"{Wording.Count(shown)} of {Wording.Count(total)}; --limit and --offset show others.");
        }
        return CommandLine.Success;
    }

    public static int WriteJson<T>(IEnumerable<T> things)
    {
        foreach (var thing in things)
        {
            JsonLines.WriteAnswer(thing);
        }
        return CommandLine.Success;
    }
}
