// Chats with a Slipway server through the Slipway.Client library.
//
//     dotnet run --project examples/clients/csharp [http://127.0.0.1:8000]
//
// Each line is said to the model, and its answer streams back; "quit" leaves.
using Slipway.Client;
using Slipway.Client.Chat;

using var client = new SlipwayClient(args is [var url, ..] ? url : "http://127.0.0.1:8000");
List<ChatMessage> history = [];
while (Console.ReadLine()?.Trim() is { Length: > 0 } message && message != "quit")
{
    try
    {
        var answer = "";
        await foreach (var item in client.ChatStreamAsync(new ChatRequest { Message = message, History = history }))
        {
            if (item.Type == ChatEventTypes.Chunk)
            {
                answer += item.Content;
                Console.Write(item.Content);
            }
            else if (item.Type == ChatEventTypes.Error)
            {
                Console.Error.WriteLine(item.Content);
            }
        }

        Console.WriteLine();
        history.AddRange([new(ChatRoles.User, message), new(ChatRoles.Assistant, answer)]);
    }
    catch (Exception exception) when (exception is SlipwayException or HttpRequestException)
    {
        Console.Error.WriteLine(exception.Message);
    }
}
