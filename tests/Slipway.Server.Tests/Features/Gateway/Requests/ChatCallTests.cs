using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Requests;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Serving.Completions;
using Slipway.Server.Tests.Features.Gateway.Engine;

namespace Slipway.Server.Tests.Features.Gateway.Requests;

public sealed class ChatCallTests
{
    private const string Hello = "\"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]";
    private const string Tool = "{\"type\": \"function\", \"function\": {\"name\": \"f\"}}";

    [Theory]
    [InlineData("""{}""", "messages", "missing")]
    [InlineData("""{"messages": []}""", "messages", "0 items")]
    [InlineData("""{"messages": {}}""", "messages", "an object")]
    [InlineData("""{"messages": [{"content": "a"}]}""", "messages[0].role", "'developer'")]
    [InlineData("""{"messages": [7]}""", "messages[0].role", "missing")]
    [InlineData("""{"messages": [{"role": "root", "content": "a"}]}""", "messages[0].role", "'root'")]
    [InlineData("""{"messages": [{"role": "user"}]}""", "messages[0].content", "missing")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}""", "messages[0].content[0].type", "image_url")]
    [InlineData("""{"messages": [{"role": "user", "content": "\ud83d"}]}""", "messages[0].content", "surrogate")]
    [InlineData("""{"messages": [{"role": "tool", "content": "a"}]}""", "messages[0].tool_call_id", "missing")]
    [InlineData("""{"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]}""", "messages[0].tool_calls[0].function.name", "missing")]
    public void A_wrong_message_is_named_by_its_place(string body, string param, string message) => Refuses(body, param, message);

    [Theory]
    [InlineData("\"temperature\": 3", "temperature", "'temperature' is 3; accepted is a number from 0 to 2.")]
    [InlineData("\"temperature\": \"hot\"", "temperature", "'hot'")]
    [InlineData("\"top_p\": 0", "top_p", "above 0 to 1")]
    [InlineData("\"n\": 17", "n", "1 to 16")]
    [InlineData("\"n\": 1.5", "n", "whole number")]
    [InlineData("\"presence_penalty\": -2.5", "presence_penalty", "-2 to 2")]
    [InlineData("\"frequency_penalty\": 1e400", "frequency_penalty", "-2 to 2")]
    [InlineData("\"max_tokens\": 0", "max_tokens", "from 1")]
    [InlineData("\"max_completion_tokens\": -1", "max_completion_tokens", "from 1")]
    [InlineData("\"stop\": [\"a\", \"b\", \"c\", \"d\", \"e\"]", "stop", "5 items")]
    [InlineData("\"stop\": [\"\"]", "stop[0]", "1 to 1024")]
    [InlineData("\"stop\": [null]", "stop[0]", "missing")]
    [InlineData("\"logit_bias\": {\"x\": 1}", "logit_bias.x", "token ids")]
    [InlineData("\"logit_bias\": {\"5\": 101}", "logit_bias.5", "-100 to 100")]
    [InlineData("\"logprobs\": 3", "logprobs", "true or false")]
    [InlineData("\"top_logprobs\": 3", "top_logprobs", "'logprobs' is true")]
    [InlineData("\"logprobs\": true, \"top_logprobs\": 21", "top_logprobs", "0 to 20")]
    [InlineData("\"reasoning_effort\": \"huge\"", "reasoning_effort", "'minimal'")]
    [InlineData("\"chat_template_kwargs\": {\"messages\": []}", "chat_template_kwargs.messages", "set from the request")]
    [InlineData("\"chat_template_kwargs\": []", "chat_template_kwargs", "an object")]
    [InlineData("\"tools\": [{\"type\": \"web_search\"}]", "tools[0].type", "web_search")]
    [InlineData("\"tools\": [{\"type\": \"function\", \"function\": {}}]", "tools[0].function.name", "missing")]
    [InlineData("\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": 1}}]", "tools[0].function.parameters", "JSON schema")]
    [InlineData("\"tool_choice\": \"required\"", "tool_choice", "no 'tools'")]
    [InlineData("\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"g\"}}, \"tools\": [" + Tool + "]", "tool_choice.function.name", "'f'")]
    [InlineData("\"tool_choice\": \"some\", \"tools\": [" + Tool + "]", "tool_choice", "'required'")]
    [InlineData("\"response_format\": {\"type\": \"xml\"}", "response_format.type", "json_object")]
    [InlineData("\"response_format\": {\"type\": \"json_schema\"}", "response_format.json_schema.schema", "missing")]
    public void A_wrong_value_is_named_with_what_would_be_right(string fields, string param, string message) =>
        Refuses($"{{{Hello}, {fields}}}", param, message);

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"\\ud800\": 1}}}]}")]
    public void Bodies_that_no_client_should_send_are_ordinary_errors(string body)
    {
        var exception = Assert.Throws<UpstreamException>(() => Read(body));

        Assert.Equal((UpstreamFault.Request, 400), (exception.Fault, exception.Error.Status));
    }

    [Fact]
    public void What_OpenAI_leaves_open_has_OpenAIs_defaults()
    {
        var request = Read($"{{{Hello}}}");

        Assert.Equal(new SamplingWishes(), request.Sampling);
        Assert.Equal((1, null, null), (request.Choices, request.MaxTokens, request.ThinkingBudget));
    }

    [Fact]
    public void A_null_is_the_same_as_nothing()
    {
        var request = Read($"{{{Hello}, \"temperature\": null, \"stop\": null, \"tools\": null, \"tool_choice\": null, \"logit_bias\": null, \"response_format\": null}}");

        Assert.Equal(new SamplingWishes(), request.Sampling);
        Assert.Empty(request.Stop);
    }

    [Fact]
    public void Arguments_of_earlier_calls_become_objects_for_the_template()
    {
        var request = Read(
            """
            {"messages": [{"role": "assistant", "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\": 1, \"x\": 2}"}},
                {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{broken"}},
                {"id": "c", "type": "function", "function": {"name": "h", "arguments": ""}}]}]}
            """);

        var calls = request.Conversation!.Messages[0]!["tool_calls"]!.AsArray();
        Assert.Equal("{\"x\":2}", calls[0]!["function"]!["arguments"]!.ToJsonString());
        Assert.Equal("{broken", calls[1]!["function"]!["arguments"]!.GetValue<string>());
        Assert.Equal("{}", calls[2]!["function"]!["arguments"]!.ToJsonString());
    }

    [Fact]
    public void One_chosen_tool_is_the_only_one()
    {
        var request = Read($"{{{Hello}, \"tools\": [{Tool}, {Tool.Replace("\"f\"", "\"g\"", StringComparison.Ordinal)}], \"tool_choice\": {{\"type\": \"function\", \"function\": {{\"name\": \"g\"}}}}}}");

        Assert.Equal("g", Assert.Single(request.Conversation!.Tools).Name);
        Assert.True(request.Conversation.MustCall);
    }

    private static CompletionRequest Read(string body) =>
        RequestBody.Read(EngineCalls.Call(GatewayOperation.ChatCompletion, body), ChatCall.Read);

    private static void Refuses(string body, string param, string message)
    {
        var exception = Assert.Throws<UpstreamException>(() => Read(body));

        Assert.Equal((UpstreamFault.Request, 400, param), (exception.Fault, exception.Error.Status, exception.Error.Param));
        Assert.Contains(message, exception.Error.Message, StringComparison.Ordinal);
    }
}
