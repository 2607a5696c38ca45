using System.Text.Json;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Gateway.Engine;

public sealed class EngineToolTests
{
    private const GatewayOperation Chat = GatewayOperation.ChatCompletion;

    // In the manner of Qwen's.
    private const string TaggedTemplate =
        "{%- if tools %}{{- '<|im_start|>system\\nTools:\\n' }}{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}"
        + "{{- '\\nAnswer with <tool_call>{}</tool_call>.<|im_end|>\\n' }}{%- endif %}"
        + "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content }}"
        + "{%- for call in message.tool_calls %}{{- '<tool_call>' + call.function.name + (call.function.arguments | tojson) }}{%- endfor %}"
        + "{{- '<|im_end|>\\n' }}{%- endfor %}{{- '<|im_start|>assistant\\n' }}";

    // In the manner of Llama 3's.
    private const string BareTemplate =
        "{%- if tools %}{{- '<|im_start|>system\\nAnswer with {\"name\": a name, \"parameters\": its arguments}.\\n' }}"
        + "{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}{{- '<|im_end|>\\n' }}{%- endif %}"
        + "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}"
        + "{{- '<|im_start|>assistant\\n' }}";

    private static readonly object[] Hello = [new { role = "user", content = "Is it cold in Oslo?" }];

    private static readonly object[] Tools = [MakeTool("look_up", strict: true), MakeTool("\"查询\" <weather>", strict: false)];

    public static TheoryData<string?> Templates => new((string?[])[null, TaggedTemplate, BareTemplate]);

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_call_that_must_be_made_is_made(string? template)
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(template: template));
        for (var seed = 0; seed < 5; seed++)
        {
            var (answer, _) = await calls.AskAsync(Chat, new { messages = Hello, tools = Tools, tool_choice = "required", seed });

            OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
            var choice = answer.GetProperty("choices")[0];
            Assert.Equal("tool_calls", choice.Field("finish_reason"));
            Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("content").ValueKind);
            var made = choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray().ToList();
            Assert.Equal(made.Count, made.Select(call => call.Field("id")).Distinct().Count());
            Assert.All(made, call => CheckArguments(call.GetProperty("function")));
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_call_that_is_cut_off_shows_none_of_its_marks(string? template)
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(template: template));
        for (var tokens = 1; tokens <= 24; tokens++)
        {
            var (answer, _) = await calls.AskAsync(
                Chat, new { messages = Hello, tools = Tools, tool_choice = "required", seed = 3, max_tokens = tokens });

            OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
            var choice = answer.GetProperty("choices")[0];
            var content = choice.GetProperty("message").GetProperty("content").GetString() ?? "";
            Assert.Equal("length", choice.Field("finish_reason"));
            Assert.DoesNotContain("<tool", content, StringComparison.Ordinal);
            Assert.DoesNotContain("{", content, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_streamed_call_is_the_same_call_in_pieces(string? template)
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(template: template));
        var body = new { messages = Hello, tools = Tools, tool_choice = "required", seed = 8 };
        var (whole, _) = await calls.AskAsync(Chat, body);

        var (chunks, _) = await calls.StreamAsync(Chat, body);

        Assert.All(chunks, chunk => OpenAiDocument.Check(chunk, "CreateChatCompletionStreamResponse"));
        var deltas = chunks.Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
            .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
            .Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0]).ToList();
        var expected = whole.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").EnumerateArray()
            .Select(call => (call.GetProperty("function").Field("name"), call.GetProperty("function").Field("arguments"))).ToList();
        Assert.Equal(expected, deltas.GroupBy(delta => delta.GetProperty("index").GetInt32()).Select(call => (
            call.First().GetProperty("function").Field("name"),
            string.Concat(call.Select(delta => delta.GetProperty("function").Field("arguments"))))));
        Assert.All(deltas.DistinctBy(delta => delta.GetProperty("index").GetInt32()), first => Assert.StartsWith("call_", first.Field("id"), StringComparison.Ordinal));
        Assert.True(deltas.Count > expected.Count * 3);
    }

    [Fact]
    public async Task A_chosen_tool_is_the_one_that_is_called_and_only_once()
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(template: TaggedTemplate));

        var (answer, _) = await calls.AskAsync(Chat, new
        {
            messages = Hello,
            tools = Tools,
            tool_choice = new { type = "function", function = new { name = "look_up" } },
        });

        var call = Assert.Single(answer.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").EnumerateArray());
        Assert.Equal("look_up", call.GetProperty("function").Field("name"));
    }

    [Fact]
    public async Task One_call_at_a_time_is_one_call()
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(template: TaggedTemplate));
        for (var seed = 0; seed < 8; seed++)
        {
            var (answer, _) = await calls.AskAsync(
                Chat, new { messages = Hello, tools = Tools, tool_choice = "required", parallel_tool_calls = false, seed });

            Assert.Equal(1, answer.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").GetArrayLength());
        }
    }

    [Fact]
    public async Task Calls_and_their_results_go_back_into_the_prompt()
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(template: TaggedTemplate));
        object Turn(string arguments) => new
        {
            messages = new object[]
            {
                Hello[0],
                new { role = "assistant", content = (string?)null, tool_calls = new[] { new { id = "call_1", type = "function", function = new { name = "look_up", arguments } } } },
                new { role = "tool", tool_call_id = "call_1", content = "-4" },
            },
            max_tokens = 1,
        };

        var (_, small) = await calls.AskAsync(Chat, Turn("{}"));
        var (_, large) = await calls.AskAsync(Chat, Turn("{\"city\": \"Oslo\"}"));

        Assert.Equal("\"city\": \"Oslo\"".Length, large.Prompt - small.Prompt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_in_a_schema_fits_it_with_and_without_a_thought_before(bool opensThought)
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(opensThought: opensThought));
        for (var seed = 0; seed < 5; seed++)
        {
            var (answer, _) = await calls.AskAsync(Chat, new
            {
                messages = Hello,
                response_format = new { type = "json_schema", json_schema = new { name = "weather", schema = Schema() } },
                reasoning_effort = "minimal",
                seed,
            });

            OpenAiDocument.Check(answer, "CreateChatCompletionResponse");
            var choice = answer.GetProperty("choices")[0];
            Assert.Equal("stop", choice.Field("finish_reason"));
            CheckWeather(choice.GetProperty("message").Field("content"));
            Assert.Equal(opensThought, choice.GetProperty("message").TryGetProperty("reasoning_content", out _));
        }
    }

    [Fact]
    public async Task An_answer_may_be_its_schema_or_a_call()
    {
        await using var calls = await EngineCalls.StartAsync(new ModelFile(template: TaggedTemplate));
        for (var seed = 0; seed < 5; seed++)
        {
            var (answer, _) = await calls.AskAsync(Chat, new
            {
                messages = Hello,
                tools = Tools,
                response_format = new { type = "json_schema", json_schema = new { name = "weather", schema = Schema() } },
                seed,
            });

            var message = answer.GetProperty("choices")[0].GetProperty("message");
            if (message.TryGetProperty("tool_calls", out var made))
            {
                Assert.All(made.EnumerateArray(), call => CheckArguments(call.GetProperty("function")));
            }
            else
            {
                CheckWeather(message.Field("content"));
            }
        }
    }

    [Fact]
    public async Task A_schema_beyond_support_is_named_with_its_place()
    {
        await using var calls = await EngineCalls.StartAsync();
        var schema = new Dictionary<string, object> { ["type"] = "object", ["patternProperties"] = new { a = new { type = "string" } } };

        var (fault, error) = await calls.RefuseAsync(Chat, new
        {
            messages = Hello,
            response_format = new { type = "json_schema", json_schema = new { name = "x", schema } },
        });

        Assert.Equal((UpstreamFault.Request, 400, "response_format.json_schema.schema"), (fault, error.Status, error.Param));
        Assert.Contains("patternProperties", error.Message, StringComparison.Ordinal);
        Assert.Contains("$", error.Message, StringComparison.Ordinal);
    }

    private static object MakeTool(string name, bool strict) =>
        new { type = "function", function = new { name, description = "Tells the weather.", parameters = Schema(), strict } };

    private static object Schema() => new
    {
        type = "object",
        properties = new
        {
            city = new { type = "string", maxLength = 5 },
            degrees = new { type = "integer", minimum = -40, maximum = 40 },
        },
        required = new[] { "city", "degrees" },
        additionalProperties = false,
    };

    private static void CheckArguments(JsonElement function)
    {
        Assert.Contains(function.Field("name"), (string[])["look_up", "\"查询\" <weather>"]);
        CheckWeather(function.Field("arguments"));
    }

    private static void CheckWeather(string json)
    {
        var weather = JsonSerializer.Deserialize<JsonElement>(json);
        Assert.Equal(["city", "degrees"], weather.EnumerateObject().Select(member => member.Name));
        Assert.InRange(weather.GetProperty("degrees").GetInt32(), -40, 40);
    }
}
