using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Client;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Formats;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Data;

namespace Slipway.Commands;

/// <summary>Runs the command that the arguments name and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    public const int Success = 0;

    /// <summary>The command ran and failed.</summary>
    public const int Failure = 1;

    /// <summary>The arguments are wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>The verb may be left out: options alone mean <c>serve</c>.</summary>
    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        var asksForRoot = args is ["--help" or "-h" or "-?" or "--version", ..];
        // A value that begins with @ is one, and no file with more arguments.
        var words = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var result = root.Parse(args.Length == 0 || (args[0].StartsWith('-') && !asksForRoot) ? ["serve", .. args] : args, words);
        if (result.Errors.Count > 0)
        {
            foreach (var error in result.Errors)
            {
                await Console.Error.WriteLineAsync($"slipway: {error.Message}");
            }
            await Console.Error.WriteLineAsync($"Run '{Spell(result.CommandResult)} --help' to see what is accepted.");
            return Usage;
        }
        try
        {
            return await result.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // A server ends by itself, after the grace that answers in flight are given.
            });
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception exception) when (Explains(exception))
        {
            await Console.Error.WriteLineAsync($"slipway: {exception.Message}");
            return exception is ArgumentException ? Usage : Failure;
        }
    }

    /// <summary>The command as it is typed, <c>slipway keys create</c>.</summary>
    private static string Spell(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Spell(parent)} {command.Command.Name}" : "slipway";

    /// <summary>Whether the message says what the user can do about it; anything else is our fault and shows its stack.</summary>
    private static bool Explains(Exception exception) =>
        exception is ModelFormatException or ChatTemplateException or IOException or UnauthorizedAccessException
            or ArgumentException or HttpRequestException or SlipwayException or CommandException
            or TrainingDataException or TrainingDivergedException;
}
