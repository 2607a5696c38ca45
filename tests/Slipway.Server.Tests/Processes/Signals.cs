using System.Diagnostics;
using System.Globalization;

namespace Slipway.Server.Tests.Processes;

/// <summary>Sends signals, by the shell's own word: not every machine has a program <c>kill</c>.</summary>
internal static class Signals
{
    /// <summary>Sends it without waiting until it is sent.</summary>
    /// <param name="process">Who gets it.</param>
    /// <param name="signal">Its name without SIG.</param>
    /// <returns>What sends it; to be disposed of.</returns>
    public static Process Send(Process process, string signal) =>
        Process.Start("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {process.Id}")]);

    /// <summary>Ends when it is sent.</summary>
    public static async Task SendAsync(Process process, string signal)
    {
        using var sender = Send(process, signal);
        await sender.WaitForExitAsync();
    }
}
