using System.CommandLine;
using System.Globalization;
using Slipway.Server;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Database;

namespace Slipway.Commands;

/// <summary><c>slipway backup</c>: copies the server's database while the server goes on. How to put it back is in docs/database.md.</summary>
internal static class BackupCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "Where to." };
    private static readonly Option<bool> Force = new("--force", "-f") { Description = "Replace the file if it is there." };

    public static Command Create()
    {
        var command = new Command("backup", "Copy the server's database, whole, while the server goes on.") { File, Force };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var file = arguments.GetRequiredValue(File);
        try
        {
            var length = await DatabaseBackup.WriteAsync(ServerSettings.Read(), file, arguments.GetValue(Force), cancellationToken);
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"Wrote {file}, {length:N0} bytes. Keep the file 'pepper' of the data folder (or Auth:Pepper) with it: without it no key works."));
            return CommandLine.Success;
        }
        catch (ServerStartException exception)
        {
            throw new CommandException(exception.Message);
        }
    }
}
