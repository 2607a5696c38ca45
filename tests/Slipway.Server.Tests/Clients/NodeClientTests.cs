using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Clients;

/// <summary>
/// npm's <c>openai</c>, <c>ai</c> with <c>@ai-sdk/openai-compatible</c>, and <c>@langchain/openai</c>, each in a process of its own,
/// through every kind of upstream.
/// </summary>
[Collection(nameof(ClientCollection))]
public sealed class NodeClientTests(Doors doors)
{
    private const string OpenAi = "openai.mjs";
    private const string Ai = "ai.mjs";
    private const string LangChain = "langchain.mjs";

    public static MatrixTheoryData<string, DoorKind> Clients => new([OpenAi, Ai, LangChain], Enum.GetValues<DoorKind>());

    public static TheoryData<DoorKind> AllDoors => [.. Enum.GetValues<DoorKind>()];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task It_chats(string client, DoorKind door)
    {
        var chat = await CaseAsync(client, door, "chat");

        Assert.NotEmpty(chat.Field("text"));
        Assert.Contains(chat.Field("finish"), (string[])["stop", "length"]);
        Assert.Equal(Door.Model, chat.Field("model"));
        Assert.InRange(chat.GetProperty("prompt").GetInt32(), 1, 1000);
        Assert.InRange(chat.GetProperty("completion").GetInt32(), 1, 20);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task It_streams(string client, DoorKind door)
    {
        var stream = await CaseAsync(client, door, "stream");

        Assert.NotEmpty(stream.Field("text"));
        Assert.Contains(stream.Field("finish"), (string[])["stop", "length"]);
        // Where the container answers at once, there is but one piece.
        Assert.InRange(stream.GetProperty("pieces").GetInt32(), door is DoorKind.SageMakerOneObject ? 1 : 2, 30);
        Assert.InRange(stream.GetProperty("prompt").GetInt32(), 1, 1000);
        Assert.InRange(stream.GetProperty("completion").GetInt32(), 1, 20);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_call_that_must_be_made_is_made(string client, DoorKind door)
    {
        var call = await CaseAsync(client, door, "toolRequired");

        Assert.Contains(call.Field("finish"), (string[])["tool_calls", "tool-calls"]);
        Assert.All(call.GetProperty("calls").EnumerateArray(), made =>
        {
            Assert.NotEmpty(made.Field("id"));
            Assert.Contains(made.Field("name"), (string[])["look_up", "tell_time"]);
            if (made.Field("name") == "look_up")
            {
                CheckWeather(made.GetProperty("arguments"));
            }
        });
        Assert.NotEqual(0, call.GetProperty("calls").GetArrayLength());
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_chosen_tool_is_the_one_that_is_called(string client, DoorKind door)
    {
        var call = await CaseAsync(client, door, "toolNamed");

        var made = Assert.Single(call.GetProperty("calls").EnumerateArray());
        Assert.Equal("look_up", made.Field("name"));
        CheckWeather(made.GetProperty("arguments"));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_model_that_may_call_may_as_well_answer(string client, DoorKind door)
    {
        var call = await CaseAsync(client, door, "toolAuto");

        Assert.Contains(call.Field("finish"), (string[])["stop", "length", "tool_calls", "tool-calls"]);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_streamed_call_arrives_in_pieces_and_whole(string client, DoorKind door)
    {
        var call = await CaseAsync(client, door, "toolStreamed");

        var made = Assert.Single(call.GetProperty("calls").EnumerateArray());
        CheckWeather(made.GetProperty("arguments"));
        Assert.True(call.GetProperty("pieces").GetInt32() >= (door is DoorKind.SageMakerOneObject ? 1 : 4), $"{call}");
        Assert.Contains(call.Field("finish"), (string[])["tool_calls", "tool-calls"]);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_tool_is_called_and_its_result_is_answered(string client, DoorKind door)
    {
        var trip = await CaseAsync(client, door, "toolRoundTrip");

        CheckWeather(Assert.Single(trip.GetProperty("asked").EnumerateArray()));
        Assert.Equal(["user", "assistant", "tool", "assistant"], trip.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task An_answer_in_a_schema_fits_it(string client, DoorKind door)
    {
        var answer = await CaseAsync(client, door, "structured");

        CheckWeather(answer.GetProperty("value"));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task It_embeds(string client, DoorKind door)
    {
        var embeddings = await CaseAsync(client, door, "embeddings");

        var lengths = embeddings.GetProperty("lengths").EnumerateArray().Select(length => length.GetInt32()).ToList();
        Assert.Equal(2, lengths.Count);
        Assert.Single(lengths.Distinct());
        Assert.All(embeddings.GetProperty("norms").EnumerateArray(), norm => Assert.Equal(1, norm.GetDouble(), 1e-4));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Each_refusal_is_thrown_in_the_clients_own_class(string client, DoorKind door)
    {
        var errors = await CaseAsync(client, door, "errors");

        // LangChain passes on what OpenAI's library throws; the other one has a class for all.
        (string Name, int Status, string Class)[] expected =
        [
            ("authentication", 401, "AuthenticationError"), ("permission", 403, "PermissionDeniedError"), ("notFound", 404, "NotFoundError"),
            ("badRequest", 400, "BadRequestError"), ("badStream", 400, "BadRequestError"), ("rateLimit", 429, "RateLimitError"),
        ];
        Assert.Equal(
            expected.Select(one => one with { Class = client == Ai ? "APICallError" : one.Class }),
            errors.EnumerateObject().Select(one => (one.Name, one.Value.GetProperty("status").GetInt32(), one.Value.Field("class"))));
        Assert.Equal("invalid_api_key", errors.GetProperty("authentication").Field("code"));
        Assert.Equal("model_not_found", errors.GetProperty("notFound").Field("code"));
        Assert.Equal("rate_limit_exceeded", errors.GetProperty("rateLimit").Field("code"));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_call_that_is_left_is_no_longer_computed(string client, DoorKind door)
    {
        var abort = await CaseAsync(client, door, "abort");

        Assert.True(abort.GetProperty("aborted").GetBoolean(), $"{abort}");
        Assert.True(abort.GetProperty("isIdle").GetBoolean());
        var log = (await doors.AtAsync(door)).Front.Log;
        Assert.True(await ChatCalls.ComesTrueAsync(() => log.Lines.Any(line => line.Message.Contains(" 499 ", StringComparison.Ordinal))));
    }

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task OpenAIs_own_client_lists_models_and_completes_texts(DoorKind door)
    {
        var models = await CaseAsync(OpenAi, door, "models");
        var several = await CaseAsync(OpenAi, door, "several");
        var text = await CaseAsync(OpenAi, door, "text");

        Assert.Contains(Door.Model, models.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(Door.Model, models.Field("retrieved"));
        Assert.Equal(3, several.GetProperty("count").GetInt32());
        Assert.All(several.GetProperty("logprobs").EnumerateArray(), count => Assert.Equal(2, count.GetInt32()));
        Assert.NotEmpty(text.Field("text"));
    }

    private static void CheckWeather(JsonElement weather)
    {
        Assert.Equal(["city", "degrees"], weather.EnumerateObject().Select(member => member.Name).Order());
        Assert.InRange(weather.GetProperty("degrees").GetInt32(), -40, 40);
    }

    private Task<JsonElement> CaseAsync(string client, DoorKind door, string name)
    {
        NodeProgram.CheckInstalled();
        return doors.ResultAsync(client, door, name);
    }
}
