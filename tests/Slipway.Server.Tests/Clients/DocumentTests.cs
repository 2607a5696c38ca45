using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Clients;

/// <summary>Every kind of answer, from every kind of upstream, is what OpenAI's own document says it is.</summary>
[Collection(nameof(ClientCollection))]
public sealed class DocumentTests(Doors doors)
{
    private const string Chat = "/v1/chat/completions";
    private const string Text = "/v1/completions";
    private const string Embeddings = "/v1/embeddings";

    private const string Schema =
        """{"type":"object","properties":{"degrees":{"type":"integer","minimum":-40,"maximum":40}},"required":["degrees"],"additionalProperties":false}""";

    private const string Tools =
        $$$""" "tools":[{"type":"function","function":{"name":"look_up","description":"Tells.","parameters":{{{Schema}}},"strict":true}}] """;

    // The members that follow the model and the question.
    private static readonly Dictionary<string, string> Chats = new()
    {
        ["plain"] = """ "max_tokens":8 """,
        ["several"] = """ "max_tokens":4,"n":3,"seed":7 """,
        ["logprobs"] = """ "max_tokens":4,"logprobs":true,"top_logprobs":3 """,
        ["several with logprobs"] = """ "max_tokens":4,"n":2,"logprobs":true """,
        ["a stop"] = """ "max_tokens":40,"stop":["e","a"] """,
        ["penalties"] = """ "max_completion_tokens":8,"presence_penalty":1,"frequency_penalty":0.5,"logit_bias":{"5":-100} """,
        ["a tool that may be called"] = $$""" {{Tools}},"max_tokens":40 """,
        ["a tool that must be called"] = $$""" {{Tools}},"tool_choice":"required","n":2 """,
        ["a chosen tool"] = $$""" {{Tools}},"tool_choice":{"type":"function","function":{"name":"look_up"} } """,
        ["a tool cut short"] = $$""" {{Tools}},"tool_choice":"required","max_tokens":5 """,
        ["a schema"] = $$$""" "response_format":{"type":"json_schema","json_schema":{"name":"w","schema":{{{Schema}}},"strict":true}} """,
        ["a schema with logprobs"] =
            $$$""" "response_format":{"type":"json_schema","json_schema":{"name":"w","schema":{{{Schema}}}}},"logprobs":true,"top_logprobs":1 """,
        ["an object"] = """ "response_format":{"type":"json_object"},"max_tokens":30 """,
        ["without thinking"] = """ "reasoning_effort":"none","max_tokens":8 """,
    };

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["plain"] = """ "prompt":"Oslo is","max_tokens":8 """,
        ["echo"] = """ "prompt":"Oslo is","max_tokens":4,"echo":true """,
        ["several prompts"] = """ "prompt":["Oslo is","Rome is"],"n":2,"max_tokens":4 """,
        ["logprobs"] = """ "prompt":"Oslo is","max_tokens":4,"logprobs":2 """,
    };

    private static readonly Dictionary<string, string> Inputs = new()
    {
        ["one"] = """ "input":"one" """,
        ["several"] = """ "input":["one","two"],"encoding_format":"float" """,
        ["fewer dimensions"] = """ "input":"one","dimensions":8 """,
    };

    private static readonly Dictionary<string, (string Path, string Body, int Status)> Errors = new()
    {
        ["no model of this name"] = (Chat, """{"model":"absent","messages":[]}""", 404),
        ["no JSON"] = (Chat, "{", 400),
        ["no messages"] = (Chat, $$"""{"model":"{{Door.Model}}","messages":[]}""", 400),
        ["a temperature out of range"] = (Chat, $$"""{"model":"{{Door.Model}}","messages":[{"role":"user","content":"a"}],"temperature":9}""", 400),
        ["the same of a stream"] = (Chat, $$"""{"model":"{{Door.Model}}","messages":[{"role":"user","content":"a"}],"temperature":9,"stream":true}""", 400),
        ["a schema beyond support"] = (Chat,
            $$"""{"model":"{{Door.Model}}","messages":[{"role":"user","content":"a"}],"response_format":"""
            + """{"type":"json_schema","json_schema":{"name":"w","schema":{"type":"object","patternProperties":{"a":{}}}}}}""",
            400),
        ["no prompt"] = (Text, $$"""{"model":"{{Door.Model}}","prompt":[]}""", 400),
        ["no input"] = (Embeddings, $$"""{"model":"{{Door.Model}}","input":[]}""", 400),
        ["nothing there"] = ("/v1/nothing", "{}", 404),
    };

    public static MatrixTheoryData<string, DoorKind> ChatCases => new(Chats.Keys, Enum.GetValues<DoorKind>());

    public static MatrixTheoryData<string, DoorKind> TextCases => new(Texts.Keys, Enum.GetValues<DoorKind>());

    public static MatrixTheoryData<string, DoorKind> InputCases => new(Inputs.Keys, Enum.GetValues<DoorKind>());

    public static MatrixTheoryData<string, DoorKind> ErrorCases => new(Errors.Keys, Enum.GetValues<DoorKind>());

    public static TheoryData<DoorKind> AllDoors => [.. Enum.GetValues<DoorKind>()];

    [Theory]
    [MemberData(nameof(ChatCases))]
    public async Task A_chat(string name, DoorKind door)
    {
        var answer = Parse(await CallAsync(door, Chat, ChatBody(name)));

        OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
        Assert.Equal(Door.Model, answer.Field("model"));
    }

    [Theory]
    [MemberData(nameof(ChatCases))]
    public async Task A_streamed_chat(string name, DoorKind door)
    {
        var chunks = Chunks(await CallAsync(door, Chat, ChatBody(name, """ ,"stream":true,"stream_options":{"include_usage":true} """)));

        Assert.All(chunks, chunk => OpenAiDocument.Check(chunk, "CreateChatCompletionStreamResponse"));
        CheckStream(chunks);
        foreach (var choice in chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).GroupBy(choice => choice.GetProperty("index").GetInt32()))
        {
            Assert.Equal("assistant", choice.First().GetProperty("delta").Field("role"));
            Assert.DoesNotContain(choice.Skip(1), piece => piece.GetProperty("delta").TryGetProperty("role", out _));
        }
    }

    [Theory]
    [MemberData(nameof(TextCases))]
    public async Task A_completed_text(string name, DoorKind door)
    {
        var answer = Parse(await CallAsync(door, Text, $$"""{"model":"{{Door.Model}}",{{Texts[name]}}}"""));

        OpenAiDocument.Check(answer, "CreateCompletionResponse");
        Assert.Equal(Door.Model, answer.Field("model"));
    }

    [Theory]
    [MemberData(nameof(TextCases))]
    public async Task A_streamed_text(string name, DoorKind door)
    {
        var chunks = Chunks(await CallAsync(door, Text, $$$"""{"model":"{{{Door.Model}}}",{{{Texts[name]}}},"stream":true,"stream_options":{"include_usage":true}}"""));

        // OpenAI's own streams send null until the end, where its document knows a reason only.
        string[] except = [.. Enumerable.Range(0, 4).Select(i => $"$.choices[{i}].finish_reason: Null")];
        Assert.All(chunks, chunk => OpenAiDocument.Check(chunk, "CreateCompletionResponse", except));
        CheckStream(chunks);
    }

    [Theory]
    [MemberData(nameof(InputCases))]
    public async Task Embeddings_of_texts(string name, DoorKind door)
    {
        var answer = Parse(await CallAsync(door, Embeddings, $$"""{"model":"{{Door.Model}}",{{Inputs[name]}}}"""));

        OpenAiDocument.Check(answer, "CreateEmbeddingResponse");
        Assert.Equal(Door.Model, answer.Field("model"));
    }

    [Theory]
    [MemberData(nameof(ErrorCases))]
    public async Task A_refusal(string name, DoorKind door)
    {
        var (path, body, status) = Errors[name];

        var answer = Parse(await CallAsync(door, path, body, status));

        OpenAiDocument.Check(answer, "ErrorResponse");
        Assert.DoesNotContain("127.0.0.1", answer.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task The_list_of_models(DoorKind door)
    {
        var list = Parse(await CallAsync(door, "/v1/models", body: null));
        var one = Parse(await CallAsync(door, "/v1/models/" + Door.Model, body: null));
        var stranger = Parse(await CallAsync(door, "/v1/models", body: null, status: 401, key: "sk-wrong"));

        OpenAiDocument.Check(list, "ListModelsResponse");
        OpenAiDocument.Check(one, "Model");
        OpenAiDocument.Check(stranger, "ErrorResponse");
    }

    private static string ChatBody(string name, string more = "") =>
        $$"""{"model":"{{Door.Model}}","messages":[{"role":"user","content":"Is it cold in Oslo?"}],{{Chats[name]}}{{more}}}""";

    private static JsonElement Parse(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private static List<JsonElement> Chunks(string text)
    {
        var events = GatewayServer.Events(text);
        Assert.Equal("[DONE]", events[^1]);
        return [.. events.SkipLast(1).Select(Parse)];
    }

    /// <summary>One id, one time and the public name throughout; one reason for each choice; the usage last and once.</summary>
    private static void CheckStream(List<JsonElement> chunks)
    {
        Assert.Single(chunks.Select(chunk => (chunk.Field("id"), chunk.GetProperty("created").GetInt64(), chunk.Field("model"))).Distinct());
        Assert.Equal(Door.Model, chunks[0].Field("model"));
        Assert.All(
            chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).GroupBy(choice => choice.GetProperty("index").GetInt32()),
            choice => Assert.Single(choice, piece => piece.GetProperty("finish_reason").ValueKind == JsonValueKind.String));
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.Single(chunks, chunk => chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object);
        Assert.True(chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
    }

    private async Task<string> CallAsync(DoorKind kind, string path, string? body, int status = 200, string? key = null)
    {
        var door = await doors.AtAsync(kind);
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? await door.MakeKeyAsync());
        using var response = await door.Front.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        return text;
    }
}
