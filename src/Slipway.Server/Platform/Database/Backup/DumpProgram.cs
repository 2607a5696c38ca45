using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Slipway.Server.Platform.Database.Backup;

/// <summary>
/// The program that a database brings for copying it. Everybody on the machine sees a program's arguments, so its password is
/// in its environment.
/// </summary>
internal sealed class DumpProgram
{
    /// <summary>Whose client programs it belongs to.</summary>
    public required string Package { get; init; }

    /// <summary>What it may be called, best first, with its arguments for a file to write.</summary>
    public required IReadOnlyList<(string Name, Func<string, string[]> Arguments)> Ways { get; init; }

    public required IReadOnlyDictionary<string, string?> Variables { get; init; }

    public required string PasswordVariable { get; init; }

    /// <summary>What a finished file ends with; null where the exit code says enough.</summary>
    public string? LastWords { get; init; }

    /// <exception cref="IOException">It is not installed, or failed; what it said went to this program's errors.</exception>
    public async Task RunAsync(BackupTarget target, CancellationToken cancellationToken)
    {
        var (path, way) = Find() ?? throw new IOException(
            $"{Ways[0].Name} is not on the PATH. Install the client programs of {Package}, or run where they are: {Spell(target.File)}");
        using var process = Start(path, Ways[way].Arguments(target.Draft));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.ExitCode != 0)
        {
            throw new IOException($"{Ways[way].Name} ended with exit code {process.ExitCode}; there is no backup.");
        }
        RequireEnd(target.Draft, Ways[way].Name);
    }

    private (string Path, int Way)? Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        for (var way = 0; way < Ways.Count; way++)
        {
            if (folders.Select(folder => Path.Combine(folder, Ways[way].Name)).FirstOrDefault(File.Exists) is { } path)
            {
                return (path, way);
            }
        }
        return null;
    }

    private Process Start(string path, string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments);
        foreach (var (name, value) in Variables.Where(variable => !string.IsNullOrEmpty(variable.Value)))
        {
            start.Environment[name] = value;
        }
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new IOException($"{path} cannot be run: {exception.Message}", exception);
        }
    }

    private string Spell(string file) => string.Join(' ', [$"{PasswordVariable}=…", Ways[0].Name, .. Ways[0].Arguments(file).Select(Quote)]);

    private static string Quote(string argument) =>
        argument.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '=' or '.' or '/' or ':')
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private void RequireEnd(string draft, string program)
    {
        using var file = new FileStream(draft, FileMode.Open, FileAccess.Read);
        file.Seek(-Math.Min(file.Length, 200), SeekOrigin.End);
        using var reader = new StreamReader(file, Encoding.Latin1);
        if (file.Length == 0 || (LastWords is not null && !reader.ReadToEnd().Contains(LastWords, StringComparison.Ordinal)))
        {
            throw new IOException($"What {program} wrote has no end; there is no backup.");
        }
    }
}
