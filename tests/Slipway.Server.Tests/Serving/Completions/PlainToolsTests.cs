using System.Text.Json.Nodes;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Tests.Serving.Completions;

public sealed class PlainToolsTests
{
    [Fact]
    public void Tools_follow_what_the_system_message_says()
    {
        var messages = PlainTools.Spell(new Conversation
        {
            Messages = [Message("system", "Be brief."), Message("user", "?")],
            Tools = [MakeTool("look_up")],
        });

        Assert.Equal(2, messages.Count);
        Assert.StartsWith("Be brief.\n\n", messages[0]!["content"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("look_up", messages[0]!["content"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_system_message_they_make_one()
    {
        var messages = PlainTools.Spell(new Conversation { Messages = [Message("user", "?")], Tools = [MakeTool("look_up")] });

        Assert.Equal(["system", "user"], messages.Select(message => message!["role"]!.GetValue<string>()));
    }

    [Fact]
    public void Calls_and_results_become_text()
    {
        var call = Message("assistant", "Let me see.");
        call["tool_calls"] = new JsonArray(new JsonObject
        {
            ["id"] = "call_1",
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = "look_up", ["arguments"] = new JsonObject { ["city"] = "奥斯陆" } },
        });

        var messages = PlainTools.Spell(new Conversation { Messages = [Message("user", "?"), call, Message("tool", "-4")] });

        Assert.Equal(
            "Let me see.\n<tool_call>\n{\"name\":\"look_up\",\"arguments\":{\"city\":\"奥斯陆\"}}\n</tool_call>",
            messages[1]!["content"]!.GetValue<string>());
        Assert.Null(messages[1]!["tool_calls"]);
        Assert.Equal("user", messages[2]!["role"]!.GetValue<string>());
        Assert.Equal("<tool_response>\n-4\n</tool_response>", messages[2]!["content"]!.GetValue<string>());
    }

    [Fact]
    public void Conversations_without_tools_stay_as_they_are()
    {
        var given = new JsonArray(Message("user", "?"), Message("assistant", "!"));

        var messages = PlainTools.Spell(new Conversation { Messages = given });

        Assert.True(JsonNode.DeepEquals(given, messages));
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static Tool MakeTool(string name) => new(
        new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = name } }, name, Parameters: null, IsStrict: false);
}
