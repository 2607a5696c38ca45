using System.CommandLine;
using System.Net;
using Slipway.Client;

namespace Slipway.Commands;

/// <summary>The running server that a command talks to, and how what goes wrong there is told here.</summary>
internal static class RemoteServer
{
    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON, one line for each thing.", Recursive = true };

    private const string Usual = "http://127.0.0.1:8000";
    private const string UrlVariable = "SLIPWAY_URL";
    private const string KeyVariable = "SLIPWAY_API_KEY";

    private static readonly Option<string?> Url = new("--url") { Description = $"The server; {UrlVariable} or {Usual} when not given.", HelpName = "URL", Recursive = true };
    private static readonly Option<string?> ApiKey = new("--api-key") { Description = $"For the server; read from {KeyVariable} when not given.", HelpName = "KEY", Recursive = true };

    /// <summary>A group of verbs that all talk to a server.</summary>
    public static Command Group(string name, string description, params IEnumerable<Command> verbs)
    {
        var group = new Command(name, description) { Url, ApiKey, Json };
        foreach (var verb in verbs)
        {
            group.Add(verb);
        }
        return group;
    }

    /// <summary>A verb of no group.</summary>
    public static Command Alone(
        string name, string description, IEnumerable<Symbol> symbols, Func<SlipwayClient, ParseResult, CancellationToken, Task<int>> act) =>
        Verb(name, description, [.. symbols, Url, ApiKey, Json], act);

    /// <summary>A verb that does <paramref name="act"/> with a server.</summary>
    public static Command Verb(
        string name, string description, IEnumerable<Symbol> symbols, Func<SlipwayClient, ParseResult, CancellationToken, Task<int>> act)
    {
        var verb = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                verb.Add(argument);
            }
            else
            {
                verb.Add((Option)symbol);
            }
        }
        verb.SetAction((arguments, cancellationToken) => AskAsync(arguments, act, cancellationToken));
        return verb;
    }

    /// <exception cref="CommandException">The address is none.</exception>
    public static SlipwayClient Open(string url, string? key) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new SlipwayClient(url, key ?? Environment.GetEnvironmentVariable(KeyVariable))
            : throw new CommandException($"--url is '{url}'; accepted are addresses such as {Usual}.");

    private static async Task<int> AskAsync(
        ParseResult arguments, Func<SlipwayClient, ParseResult, CancellationToken, Task<int>> act, CancellationToken cancellationToken)
    {
        var url = arguments.GetValue(Url) ?? Environment.GetEnvironmentVariable(UrlVariable) ?? Usual;
        using var client = Open(url, arguments.GetValue(ApiKey));
        try
        {
            return await act(client, arguments, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.StatusCode is null)
        {
            throw new CommandException(
                $"No Slipway server answers at {url}: {exception.Message} Start one with 'slipway serve', or name another with --url or {UrlVariable}.");
        }
        catch (SlipwayException exception) when (exception.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new CommandException(
                $"{exception.Message} Give a key with --api-key or {KeyVariable}; 'slipway keys create --name NAME' makes one on the server's machine.");
        }
        catch (SlipwayException exception) when (exception.Faults.Count > 1)
        {
            throw new CommandException(string.Join(
                "\n  ", exception.Faults.Select(fault => $"{string.Join('.', fault.Loc)}: {fault.Msg}").Prepend("The server refused:")));
        }
    }
}
