using System.ClientModel;
using System.Text;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Clients;

/// <summary>NuGet's <c>OpenAI</c> through every kind of upstream.</summary>
[Collection(nameof(ClientCollection))]
public sealed class OpenAiLibraryTests(Doors doors)
{
    private static readonly BinaryData Weather = BinaryData.FromString("""
        {
          "type": "object",
          "properties": {"city": {"type": "string", "maxLength": 12}, "degrees": {"type": "integer", "minimum": -40, "maximum": 40}},
          "required": ["city", "degrees"],
          "additionalProperties": false
        }
        """);

    private static readonly ChatTool LookUp = ChatTool.CreateFunctionTool("look_up", "Tells the weather of a city.", Weather, functionSchemaIsStrict: true);

    public static TheoryData<DoorKind> AllDoors => [.. Enum.GetValues<DoorKind>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ChatMessage[] Question => [new UserChatMessage("Is it cold in Oslo?")];

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task It_chats(DoorKind kind)
    {
        var client = await OpenAsync(kind);

        var answer = (await client.GetChatClient(Door.Model)
            .CompleteChatAsync(Question, new ChatCompletionOptions { MaxOutputTokenCount = 20, Temperature = 0 }, Cancellation)).Value;

        Assert.Equal((Door.Model, ChatMessageRole.Assistant), (answer.Model, answer.Role));
        Assert.NotEmpty(Assert.Single(answer.Content).Text);
        Assert.InRange(answer.Usage.OutputTokenCount, 1, 20);
        Assert.InRange(answer.Usage.InputTokenCount, 1, 1000);
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task It_streams(DoorKind kind)
    {
        var client = await OpenAsync(kind);

        var updates = await client.GetChatClient(Door.Model)
            .CompleteChatStreamingAsync(Question, new ChatCompletionOptions { MaxOutputTokenCount = 20, Temperature = 0 }, Cancellation)
            .ToListAsync(Cancellation);

        Assert.NotEmpty(string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)));
        Assert.Single(updates, update => update.FinishReason is not null);
        Assert.InRange(updates.Last(update => update.Usage is not null).Usage.OutputTokenCount, 1, 20);
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task A_tool_is_called_and_its_result_is_answered(DoorKind kind)
    {
        var client = (await OpenAsync(kind)).GetChatClient(Door.Model);
        List<ChatMessage> messages = [.. Question];
        var options = Briefly(new() { Tools = { LookUp }, ToolChoice = ChatToolChoice.CreateFunctionChoice("look_up") });

        var made = (await client.CompleteChatAsync(messages, options, Cancellation)).Value;
        var call = Assert.Single(made.ToolCalls);
        messages.AddRange([new AssistantChatMessage(made), new ToolChatMessage(call.Id, "-4 degrees")]);
        var answer = (await client.CompleteChatAsync(messages, new ChatCompletionOptions { MaxOutputTokenCount = 20 }, Cancellation)).Value;

        Assert.Equal((ChatFinishReason.ToolCalls, "look_up"), (made.FinishReason, call.FunctionName));
        CheckWeather(call.FunctionArguments.ToString());
        Assert.Contains(answer.FinishReason, (ChatFinishReason[])[ChatFinishReason.Stop, ChatFinishReason.Length]);
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task A_streamed_call_arrives_in_pieces_and_whole(DoorKind kind)
    {
        var client = (await OpenAsync(kind)).GetChatClient(Door.Model);
        var options = Briefly(new()
        {
            Tools = { LookUp },
            ToolChoice = ChatToolChoice.CreateRequiredChoice(),
            AllowParallelToolCalls = false,
        });
        var (name, arguments) = ("", new StringBuilder());

        await foreach (var update in client.CompleteChatStreamingAsync(Question, options, Cancellation))
        {
            foreach (var piece in update.ToolCallUpdates)
            {
                name += piece.FunctionName;
                arguments.Append(piece.FunctionArgumentsUpdate);
            }
        }

        Assert.Equal("look_up", name);
        CheckWeather(arguments.ToString());
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task An_answer_in_a_schema_fits_it(DoorKind kind)
    {
        var client = (await OpenAsync(kind)).GetChatClient(Door.Model);
        var options = Briefly(new() { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("weather", Weather, jsonSchemaIsStrict: true) });

        var answer = (await client.CompleteChatAsync(Question, options, Cancellation)).Value;

        CheckWeather(Assert.Single(answer.Content).Text);
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task It_embeds_and_lists_models(DoorKind kind)
    {
        var client = await OpenAsync(kind);

        var embeddings = (await client.GetEmbeddingClient(Door.Model).GenerateEmbeddingsAsync(["one", "another one"], cancellationToken: Cancellation)).Value;
        var models = (await client.GetOpenAIModelClient().GetModelsAsync(Cancellation)).Value;

        Assert.Equal(2, embeddings.Count);
        Assert.All(embeddings, embedding => Assert.Equal(1, embedding.ToFloats().ToArray().Sum(value => value * value), 1e-4));
        Assert.Contains(models, model => model.Id == Door.Model);
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task Each_refusal_has_its_status(DoorKind kind)
    {
        var door = await doors.AtAsync(kind);
        var (all, one, other) = (await door.MakeKeyAsync(), await door.MakeKeyAsync(rpm: 1), await door.MakeKeyAsync(models: "somebody/else"));
        Task<int> Refusal(string key, string model = Door.Model, float temperature = 1) => RefusalAsync(
            Open(door, key).GetChatClient(model), new ChatCompletionOptions { MaxOutputTokenCount = 1, Temperature = temperature });

        var statuses = new[]
        {
            await Refusal("sk-wrong"), await Refusal(other), await Refusal(all, "no-such-model"), await Refusal(all, temperature: 9),
            await Refusal(one), await Refusal(one),
        };

        Assert.Equal([401, 403, 404, 400, 200, 429], statuses);
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task A_call_that_is_left_is_no_longer_computed(DoorKind kind)
    {
        var door = await doors.AtAsync(kind);
        var client = (await OpenAsync(kind)).GetChatClient(Door.Model);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 60000, Temperature = 0 };
        Set(options, "$.ignore_eos", "true");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.CompleteChatStreamingAsync(Question, options, patience.Token))
            {
                await patience.CancelAsync();
            }
        });

        Assert.True(await ChatCalls.ComesTrueAsync(() => door.IsIdle));
    }

    /// <summary>The most probable words after a bounded thought: the same in every run, and never without end.</summary>
    private static ChatCompletionOptions Briefly(ChatCompletionOptions options)
    {
        options.Temperature = 0;
        return Set(options, "$.reasoning_effort", "\"minimal\"");
    }

    private static ChatCompletionOptions Set(ChatCompletionOptions options, string path, string json)
    {
#pragma warning disable SCME0001 // Marked as not final by its makers; there is no other way to send a field of one's own.
        options.Patch.Set(Encoding.UTF8.GetBytes(path), BinaryData.FromString(json));
#pragma warning restore SCME0001
        return options;
    }

    private static async Task<int> RefusalAsync(ChatClient client, ChatCompletionOptions options)
    {
        try
        {
            await client.CompleteChatAsync(Question, options, Cancellation);
            return 200;
        }
        catch (ClientResultException exception)
        {
            return exception.Status;
        }
    }

    private static OpenAIClient Open(Door door, string key) => new(new ApiKeyCredential(key), new OpenAIClientOptions
    {
        Endpoint = new Uri(door.Front.Url + "/v1"),
        RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(maxRetries: 0),
    });

    private static void CheckWeather(string json)
    {
        var weather = JsonSerializer.Deserialize<JsonElement>(json);
        Assert.Equal(["city", "degrees"], weather.EnumerateObject().Select(member => member.Name));
        Assert.InRange(weather.GetProperty("degrees").GetInt32(), -40, 40);
    }

    private async Task<OpenAIClient> OpenAsync(DoorKind kind)
    {
        var door = await doors.AtAsync(kind);
        return Open(door, await door.MakeKeyAsync());
    }
}
