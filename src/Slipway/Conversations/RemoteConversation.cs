using System.Runtime.CompilerServices;
using System.Text;
using Slipway.Client;
using Slipway.Client.Chat;
using Slipway.Commands;

namespace Slipway.Conversations;

/// <summary>With the model of a running server.</summary>
internal sealed class RemoteConversation(SlipwayClient client, Manner manner) : IConversation
{
    private readonly List<ChatMessage> _history = [];

    public async IAsyncEnumerable<string> SayAsync(string message, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ChatRequest { Message = message, History = [.. _history], EnableThinking = manner.EnableThinking, Temperature = Math.Round(manner.Temperature, 6) };
        var answer = new StringBuilder();
        await foreach (var part in client.ChatStreamAsync(request, cancellationToken))
        {
            if (part.Type == ChatEventTypes.Error)
            {
                throw new CommandException(part.Content);
            }
            answer.Append(part.Content);
            yield return part.Content;
        }
        _history.Add(new ChatMessage(ChatRoles.User, message));
        _history.Add(new ChatMessage(ChatRoles.Assistant, answer.ToString()));
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
