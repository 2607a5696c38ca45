using System.CommandLine;
using System.Globalization;
using Slipway.Server;
using Slipway.Server.Platform.Auth;

namespace Slipway.Commands;

/// <summary><c>slipway keys</c>: makes and ends the API keys of the server on this machine, which takes them up within a second.</summary>
internal static class KeysCommand
{
    private static readonly Option<string> Name = new("--name", "-n") { Description = "What to call it.", HelpName = "N", Required = true };
    private static readonly Option<string?> Models = new("--models") { Description = "The only models that it may call, divided by commas.", HelpName = "A,B" };
    private static readonly Option<long?> Rpm = new("--rpm") { Description = "Requests per minute.", HelpName = "N" };
    private static readonly Option<long?> Tpm = new("--tpm") { Description = "Tokens per minute, of prompts and answers together.", HelpName = "N" };
    private static readonly Option<long?> Concurrency = new("--concurrency") { Description = "Calls at the same time.", HelpName = "N" };
    private static readonly Option<decimal?> Budget = new("--budget") { Description = "What all its calls together may cost, by the server's price table.", HelpName = "USD" };
    private static readonly Option<string?> Expires = new("--expires") { Description = "When it ends: 30d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z.", HelpName = "WHEN" };
    private static readonly Option<bool> Admin = new("--admin") { Description = "May see all usage, and make and revoke keys." };
    private static readonly Option<string> Overlap = new("--overlap") { Description = "How long the old secret still works: 0s, 30m, 24h, 7d.", DefaultValueFactory = _ => "0s", HelpName = "SPAN" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON.", Recursive = true };
    private static readonly Argument<string> Key = new("KEY") { Description = "A key's name or id." };

    public static Command Create()
    {
        var create = new Command("create", "Make a key. It is shown once.") { Name, Models, Rpm, Tpm, Concurrency, Budget, Expires, Admin };
        create.SetAction((arguments, cancellationToken) => RunAsync(cabinet => CreateAsync(cabinet, arguments, cancellationToken), cancellationToken));
        var list = new Command("list", "List all keys.");
        list.SetAction((arguments, cancellationToken) => RunAsync(cabinet => ListAsync(cabinet, arguments, cancellationToken), cancellationToken));
        var revoke = new Command("revoke", "End a key at once.") { Key };
        revoke.SetAction((arguments, cancellationToken) => RunAsync(cabinet => RevokeAsync(cabinet, arguments, cancellationToken), cancellationToken));
        var rotate = new Command("rotate", "Give a key a new secret; its limits and its usage stay.") { Key, Overlap };
        rotate.SetAction((arguments, cancellationToken) => RunAsync(cabinet => RotateAsync(cabinet, arguments, cancellationToken), cancellationToken));
        return new Command("keys", "Make, list, revoke and rotate API keys.") { create, list, revoke, rotate, Json };
    }

    private static async Task<int> RunAsync(Func<KeyCabinet, Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await using var cabinet = await KeyCabinet.OpenAsync(ServerSettings.Read(), TimeProvider.System, cancellationToken);
            await act(cabinet);
            return CommandLine.Success;
        }
        catch (KeyException exception) when (exception.Fault == KeyFault.Invalid)
        {
            throw new ArgumentException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is KeyException or ServerStartException)
        {
            throw new CommandException(exception.Message);
        }
    }

    private static async Task CreateAsync(KeyCabinet cabinet, ParseResult arguments, CancellationToken cancellationToken)
    {
        var expires = arguments.GetValue(Expires);
        DateTimeOffset? end = expires is null ? null
            : KeyExpiry.TryParse(expires, TimeProvider.System.GetUtcNow(), out var time) ? time
            : throw new ArgumentException($"--expires is '{expires}'; accepted are spans such as 30d, 12h, 45m and times such as 2027-01-31 or 2027-01-31T12:00:00Z.");
        var issued = await cabinet.CreateAsync(new KeyTerms
        {
            Name = arguments.GetRequiredValue(Name),
            Models = arguments.GetValue(Models)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Rpm = arguments.GetValue(Rpm),
            Tpm = arguments.GetValue(Tpm),
            Concurrency = arguments.GetValue(Concurrency),
            BudgetUsd = arguments.GetValue(Budget),
            ExpiresAt = end,
            Admin = arguments.GetValue(Admin),
        }, cancellationToken);
        await KeyPrinter.ShowAsync(issued, arguments.GetValue(Json));
    }

    private static async Task ListAsync(KeyCabinet cabinet, ParseResult arguments, CancellationToken cancellationToken) =>
        KeyPrinter.List(await cabinet.ListAsync(cancellationToken), TimeProvider.System.GetUtcNow(), arguments.GetValue(Json));

    private static async Task RevokeAsync(KeyCabinet cabinet, ParseResult arguments, CancellationToken cancellationToken)
    {
        var id = await cabinet.RevokeAsync(arguments.GetRequiredValue(Key), cancellationToken);
        await Console.Error.WriteLineAsync($"Revoked {id}. A running server refuses it within a second.");
    }

    private static async Task RotateAsync(KeyCabinet cabinet, ParseResult arguments, CancellationToken cancellationToken)
    {
        var text = arguments.GetRequiredValue(Overlap);
        var issued = KeyExpiry.TryParseSpan(text, out var overlap)
            ? await cabinet.RotateAsync(arguments.GetRequiredValue(Key), overlap, cancellationToken)
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"--overlap is '{text}'; accepted are spans such as 0s, 30m, 24h, 7d."));
        await KeyPrinter.ShowAsync(issued, arguments.GetValue(Json));
    }
}
