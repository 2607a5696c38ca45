using System.Diagnostics;

namespace Slipway.Server.Processes;

/// <summary>How a wrapper is started, and what an order must be for that.</summary>
internal static class ProcessStart
{
    /// <summary>
    /// For Python's setproctitle, which vLLM's processes call: without it a title is written over their environment, and with that goes
    /// the name of the folder, by which alone a process is found when its parent and its session's leader are dead.
    /// </summary>
    private static readonly KeyValuePair<string, string?> KeepsEnvironment = new("SPT_NOENV", "1");

    private static readonly string[] Folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];

    /// <summary>Why the order cannot be carried out; null when nothing speaks against trying.</summary>
    public static string? FaultOf(ProcessOrder order)
    {
        if (order.Command is [] or ["", ..])
        {
            return "The command is empty: a program is needed.";
        }
        if (order.Command.FirstOrDefault(argument => argument.Contains('\0', StringComparison.Ordinal)) is not null)
        {
            return "An argument of the command holds a NUL character.";
        }
        if (order.Environment.FirstOrDefault(IsUnfit).Key is { } name)
        {
            return $"'{name}' cannot be set in an environment: names are not empty and hold no '=', and neither name nor value a NUL.";
        }
        if (!Directory.Exists(order.WorkingDirectory))
        {
            return $"There is no working directory '{order.WorkingDirectory}'.";
        }
        return Find("setsid") is null || Find("sh") is null ? "Processes on this host need 'sh' and 'setsid' (package util-linux)." : null;
    }

    /// <param name="order">Without fault.</param>
    /// <param name="passed">Names of variables, with * and ?, that pass although they look like secrets.</param>
    public static ProcessStartInfo Of(ProcessOrder order, IReadOnlyList<string> passed)
    {
        var folder = new ProcessFolder(order.Folder);
        var start = new ProcessStartInfo(Find("setsid")!)
        {
            WorkingDirectory = order.WorkingDirectory,
            // Pipes instead of our own streams, closed at once: .NET takes a child with its own streams for one that has the terminal.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Find("sh")!, folder.Wrapper, order.Folder, order.OutputFile, .. order.Command])
        {
            start.ArgumentList.Add(argument);
        }
        KeyValuePair<string, string?>[] environment = [.. ChildEnvironment.Of(start.Environment, passed), KeepsEnvironment, .. order.Environment!];
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        start.Environment["SLIPWAY_PROCESS"] = order.Mark;
        start.Environment[ProcessFolder.Variable] = order.Folder;
        return start;
    }

    public static void LeaveStreams(Process wrapper)
    {
        wrapper.StandardInput.Dispose();
        wrapper.StandardOutput.Dispose();
        wrapper.StandardError.Dispose();
    }

    private static bool IsUnfit(KeyValuePair<string, string> variable) =>
        variable.Key.Length == 0 || variable.Key.AsSpan().ContainsAny('=', '\0') || variable.Value.Contains('\0', StringComparison.Ordinal);

    /// <summary>Not left to .NET, which would look in its own and the current folder first.</summary>
    private static string? Find(string tool) => Folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
}
