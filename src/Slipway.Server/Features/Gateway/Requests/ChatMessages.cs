using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>Reads <c>messages</c> into the form that templates know.</summary>
internal static class ChatMessages
{
    private const int MostMessages = 8192;
    private const string Roles = "'system', 'developer', 'user', 'assistant', 'tool' or 'function'";

    public static JsonArray Read(JsonField messages)
    {
        const string Accepted = "a list of 1 to 8192 messages";
        return new JsonArray([.. messages.Required(Accepted).Items(Accepted, 1, MostMessages).Select(ReadMessage)]);
    }

    private static JsonObject ReadMessage(JsonField message)
    {
        var role = message["role"].Required(Roles).Text(Roles);
        var read = new JsonObject
        {
            // Templates know neither OpenAI's newest word for a system message nor its oldest for a tool's.
            ["role"] = role switch
            {
                "developer" => "system",
                "function" => "tool",
                "system" or "user" or "assistant" or "tool" => role,
                _ => throw message["role"].Wrong(Roles),
            },
            ["content"] = ReadContent(message, role),
        };
        Copy(message["name"], read, "name");
        if (role == "assistant")
        {
            Copy(message["reasoning_content"], read, "reasoning_content");
            AddCalls(message["tool_calls"], read);
        }
        else if (role == "tool")
        {
            read["tool_call_id"] = message["tool_call_id"].Required("the id of the call that this answers").Text();
        }

        return read;
    }

    private static void Copy(JsonField field, JsonObject message, string name)
    {
        if (field.Text() is { } text)
        {
            message[name] = text;
        }
    }

    /// <summary>Text, or parts of text, joined by line breaks.</summary>
    private static string ReadContent(JsonField message, string role)
    {
        const string Accepted = "a text, or a list of parts {\"type\": \"text\", \"text\": …}";
        var content = message["content"];
        if (content.IsAbsent)
        {
            // An answer that only calls tools, or only refuses, has none.
            return role is "assistant" ? message["refusal"].Text() ?? "" : throw content.Wrong(Accepted);
        }

        return content.IsList
            ? string.Join('\n', content.Items(Accepted).Select(ReadPart))
            : content.Text(Accepted)!;
    }

    private static string ReadPart(JsonField part)
    {
        const string Accepted = "'text': this model takes text only";
        return part["type"].Required(Accepted).Text(Accepted) switch
        {
            "text" => part["text"].Required("a text").Text()!,
            "refusal" => part["refusal"].Required("a text").Text()!,
            _ => throw part["type"].Wrong(Accepted),
        };
    }

    private static void AddCalls(JsonField calls, JsonObject message)
    {
        if (calls.IsAbsent)
        {
            return;
        }

        const string Accepted = "a list of calls {\"id\", \"type\": \"function\", \"function\": {\"name\", \"arguments\"}}";
        var read = new JsonArray([.. calls.Items(Accepted).Select(call => new JsonObject
        {
            ["id"] = call["id"].Text() ?? "",
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = call["function"]["name"].Required(Accepted).Text(),
                ["arguments"] = ReadArguments(call["function"]["arguments"]),
            },
        })]);
        if (read.Count > 0)
        {
            message["tool_calls"] = read;
        }
    }

    /// <summary>The object that the text holds, as templates want it; a text that holds none stays one.</summary>
    private static JsonNode ReadArguments(JsonField arguments)
    {
        var text = arguments.Text("a text that holds a JSON object") ?? "";
        if (string.IsNullOrWhiteSpace(text))
        {
            return new JsonObject();
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return new JsonField(document.RootElement, arguments.Path).Node() ?? JsonValue.Create(text);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or UpstreamException)
        {
            return JsonValue.Create(text); // A model wrote it, not the client: it goes back to the model as it was.
        }
    }
}
