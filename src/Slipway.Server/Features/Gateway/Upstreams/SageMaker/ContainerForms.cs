using System.Text;
using System.Text.Json;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>How containers write what OpenAI writes in one way.</summary>
internal static class ContainerForms
{
    /// <summary>The reason of an answer that was not finished.</summary>
    public const string Failed = "error";

    /// <summary>TGI's and LMI's <c>details</c>; null where there are none.</summary>
    public static JsonElement? Details(JsonElement json) => json.Object("details");

    /// <summary>Why there is no more, in the words that OpenAI's clients know; null while there is more.</summary>
    /// <returns><see cref="Failed"/> where the container gave up.</returns>
    public static string? FinishReason(JsonElement json) => (Details(json) ?? json).Text("finish_reason") switch
    {
        null or "" => null,
        "error" or "abort" => Failed,
        "length" => "length",
        "tool_calls" => "tool_calls",
        "content_filter" => "content_filter",
        "function_call" => "function_call",
        _ => "stop", // eos_token, stop_sequence and whatever else a container calls it.
    };

    /// <summary>
    /// Writes a choice's <c>delta</c> or <c>text</c>, from whichever of <c>delta</c>, <c>message</c> and <c>text</c> the container sent.
    /// A message is a delta that says everything at once; its tool calls then need their places.
    /// </summary>
    public static void WriteContent(Utf8JsonWriter json, JsonElement choice, bool isChat, bool withRole, ContainerUsage usage)
    {
        var message = choice.Object("message");
        var content = message ?? choice.Object("delta");
        var text = choice.Text("text");
        if (isChat)
        {
            WriteDelta(json, content, text, isWhole: message is not null, withRole);
        }
        else
        {
            json.WriteString("text"u8, text ?? content?.Text("content") ?? "");
        }
        if (message is { } whole)
        {
            usage.CountText(Encoding.UTF8.GetByteCount(whole.GetRawText()));
        }
        else if (text is { Length: > 0 } || (text is null && content is { } delta && Says(delta)))
        {
            usage.CountPiece();
        }
    }

    private static void WriteDelta(Utf8JsonWriter json, JsonElement? content, string? text, bool isWhole, bool withRole)
    {
        json.WriteStartObject("delta"u8);
        if (withRole)
        {
            ChunkWriter.WriteRole(json);
        }
        if (content is { } members)
        {
            WriteMembers(json, members, isWhole);
        }
        else if (text is not null)
        {
            json.WriteString("content"u8, text);
        }
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, JsonElement content, bool isWhole)
    {
        foreach (var member in content.EnumerateObject())
        {
            if (isWhole && member.NameEquals("tool_calls"u8) && member.Value.ValueKind == JsonValueKind.Array)
            {
                WriteToolCalls(json, member.Value);
            }
            else if (!member.NameEquals("role"u8))
            {
                member.WriteTo(json);
            }
        }
    }

    private static void WriteToolCalls(Utf8JsonWriter json, JsonElement calls)
    {
        json.WriteStartArray("tool_calls"u8);
        var index = 0;
        foreach (var call in calls.EnumerateArray())
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, index++);
            foreach (var member in call.EnumerateObject())
            {
                if (!member.NameEquals("index"u8))
                {
                    member.WriteTo(json);
                }
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static bool Says(JsonElement delta) => delta.EnumerateObject().Any(member =>
        !member.NameEquals("role"u8) && member.Value.ValueKind switch
        {
            JsonValueKind.String => !member.Value.ValueEquals(""u8),
            JsonValueKind.Array => member.Value.GetArrayLength() > 0,
            _ => false,
        });
}
