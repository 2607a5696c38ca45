using System.Text.Json.Nodes;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>Reads the body of POST /v1/chat/completions for the engine. Fields that mean nothing to it pass unread.</summary>
internal static class ChatCall
{
    // Tokens of thought per effort. They are rough: a model that is done earlier stops earlier.
    private const int MinimalThought = 256;
    private const int LowThought = 1024;
    private const int MediumThought = 8192;

    // What the template gets from elsewhere, and nobody else may set.
    private static readonly HashSet<string> Reserved =
        ["messages", "tools", "add_generation_prompt", "bos_token", "eos_token"];

    public static CompletionRequest Read(JsonField body)
    {
        var effort = ReadEffort(body["reasoning_effort"]);
        return new CompletionRequest
        {
            Conversation = ToolFields.Read(body) with
            {
                Messages = ChatMessages.Read(body["messages"]),
                Variables = ReadVariables(body["chat_template_kwargs"], effort),
            },
            Choices = SamplingFields.ReadChoices(body),
            Sampling = SamplingFields.Read(body, ReadTopLogprobs(body)),
            MaxTokens = SamplingFields.ReadTokens(body["max_completion_tokens"]) ?? SamplingFields.ReadTokens(body["max_tokens"]),
            Stop = SamplingFields.ReadStop(body["stop"]),
            ThinkingBudget = effort switch
            {
                "minimal" => MinimalThought,
                "low" => LowThought,
                "medium" => MediumThought,
                _ => null,
            },
            IgnoreEnd = SamplingFields.ReadIgnoreEnd(body),
            Output = ToolFields.ReadOutput(body["response_format"]),
        };
    }

    private static string? ReadEffort(JsonField effort)
    {
        const string Accepted = "'none', 'minimal', 'low', 'medium', 'high' or 'xhigh'";
        var text = effort.Text(Accepted);
        return text is null or "none" or "minimal" or "low" or "medium" or "high" or "xhigh" ? text : throw effort.Wrong(Accepted);
    }

    private static int? ReadTopLogprobs(JsonField body)
    {
        var top = body["top_logprobs"].Integer32(0, 20);
        var isOn = body["logprobs"].Flag() ?? false;
        return top is not null && !isOn && top > 0
            ? throw body["top_logprobs"].Wrong("0 unless 'logprobs' is true")
            : isOn ? top ?? 0 : null;
    }

    private static JsonObject ReadVariables(JsonField given, string? effort)
    {
        var variables = new JsonObject();
        if (effort is not null)
        {
            variables["enable_thinking"] = effort != "none";
            variables["reasoning_effort"] = effort;
        }

        if (!given.IsAbsent)
        {
            foreach (var (name, value) in given.Fields("an object of variables for the model's template"))
            {
                variables[name] = Reserved.Contains(name) ? throw value.Wrong("no variable of this name: it is set from the request") : value.Node();
            }
        }

        return variables;
    }
}
