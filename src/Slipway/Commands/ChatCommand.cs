using System.CommandLine;
using System.Text;
using Slipway.Client;
using Slipway.Conversations;
using Slipway.Models;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway chat</c>: a conversation line by line.</summary>
internal static class ChatCommand
{
    private const string StreamPrefix = "/stream";

    private static readonly Option<string?> Url = new("--url") { Description = "A running server, such as http://127.0.0.1:8000. Without it the model runs in this process.", HelpName = "URL" };
    private static readonly Option<string?> ApiKey = new("--api-key") { Description = "For the server; read from SLIPWAY_API_KEY when not given.", HelpName = "KEY" };
    private static readonly Option<string?> Model = ModelOptions.ModelOrBundled();
    private static readonly Option<int> Threads = ModelOptions.Threads();
    private static readonly Option<bool> NoThinking = new("--no-think") { Description = "Answer without thinking first." };
    private static readonly Option<float> Temperature = ModelOptions.Temperature();

    public static Command Create()
    {
        var command = new Command(
            "chat", "Talk to a model. A line is answered when the answer is complete; a line that begins with /stream is answered as it is made; quit leaves.")
        {
            Url, ApiKey, Model, Threads, NoThinking, Temperature,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var conversation = await OpenAsync(arguments, cancellationToken);
        var isTerminal = !Console.IsInputRedirected;
        if (isTerminal)
        {
            Console.Out.WriteLine("/stream TEXT streams the answer · quit leaves  |  /stream 流式回答 · quit 退出");
        }
        while (await ReadLineAsync(isTerminal, cancellationToken) is { } line && line is not ("quit" or "exit"))
        {
            if (line.Length > 0)
            {
                await AnswerAsync(conversation, line, cancellationToken);
            }
        }
        return CommandLine.Success;
    }

    private static async Task<IConversation> OpenAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var manner = new Manner(!arguments.GetValue(NoThinking), arguments.GetValue(Temperature));
        if (arguments.GetValue(Url) is not { } url)
        {
            return new LocalConversation(
                await ModelLoading.LoadAsync(BundledModel.Or(arguments.GetValue(Model)), cancellationToken), arguments.GetValue(Threads), manner);
        }
        return new RemoteConversation(RemoteServer.Open(url, arguments.GetValue(ApiKey)), manner);
    }

    private static async Task<string?> ReadLineAsync(bool isTerminal, CancellationToken cancellationToken)
    {
        if (isTerminal)
        {
            Console.Out.Write("> ");
        }
        return (await Console.In.ReadLineAsync(cancellationToken))?.Trim();
    }

    /// <summary>A refused or broken answer ends the turn, not the conversation.</summary>
    private static async Task AnswerAsync(IConversation conversation, string line, CancellationToken cancellationToken)
    {
        var streams = line == StreamPrefix || line.StartsWith(StreamPrefix + " ", StringComparison.Ordinal);
        var message = streams ? line[StreamPrefix.Length..].Trim() : line;
        var answer = new StringBuilder();
        try
        {
            await foreach (var piece in conversation.SayAsync(message, cancellationToken))
            {
                answer.Append(piece);
                if (streams)
                {
                    Console.Out.Write(piece);
                    await Console.Out.FlushAsync(cancellationToken);
                }
            }
            Console.Out.WriteLine(streams ? "" : answer.ToString());
        }
        catch (Exception exception) when (exception is SlipwayException or HttpRequestException or CommandException or ArgumentException)
        {
            await Console.Error.WriteLineAsync($"slipway: {exception.Message}");
        }
    }
}
