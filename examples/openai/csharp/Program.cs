// OpenAI's own .NET library against a Slipway server.
//
//     dotnet run --project examples/openai/csharp "Who are you?"
//
// OPENAI_BASE_URL and OPENAI_API_KEY say where and as whom.
using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

var client = new OpenAIClient(
    new ApiKeyCredential(Variable("OPENAI_API_KEY") ?? "none"), // A server without keys lets its own machine in.
    new OpenAIClientOptions { Endpoint = new Uri(Variable("OPENAI_BASE_URL") ?? "http://127.0.0.1:8000/v1") });
var question = args is [var first, ..] ? first : "Who are you?";

try
{
    var model = Variable("MODEL") ?? (await client.GetOpenAIModelClient().GetModelsAsync()).Value[0].Id;
    var options = new ChatCompletionOptions { MaxOutputTokenCount = 200 };
    await foreach (var update in client.GetChatClient(model).CompleteChatStreamingAsync([new UserChatMessage(question)], options))
    {
        Console.Write(string.Concat(update.ContentUpdate.Select(part => part.Text)));
        if (update.Usage is { } usage)
        {
            Console.WriteLine($"\n({usage.OutputTokenCount} tokens)");
        }
    }

    return 0;
}
catch (ClientResultException exception)
{
    Console.Error.WriteLine(exception.Message); // Says what was wrong and what would be accepted.
    return 1;
}
