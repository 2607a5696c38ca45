using System.Text;
using System.Text.Json;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>How containers write what OpenAI writes in one way.</summary>
internal static class ContainerForms
{
    /// <summary>TGI's and LMI's <c>details</c>; undefined where there are none.</summary>
    public static JsonElement Details(JsonElement json) =>
        json.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object ? details : default;

    /// <summary>Why there is no more, in OpenAI's words; null while there is more.</summary>
    public static string? FinishReason(JsonElement json)
    {
        var holder = Details(json) is { ValueKind: JsonValueKind.Object } details ? details : json;
        var reason = holder.TryGetProperty("finish_reason", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return reason switch
        {
            null or "" => null,
            "eos_token" or "stop_sequence" or "eos" => "stop",
            _ => reason,
        };
    }

    /// <summary>
    /// Writes a choice's <c>delta</c> or <c>text</c>, from whichever of <c>delta</c>, <c>message</c> and <c>text</c> the container sent.
    /// A message is a delta that says everything at once; its tool calls then need their places.
    /// </summary>
    public static void WriteContent(Utf8JsonWriter json, JsonElement choice, bool isChat, bool withRole, ContainerUsage usage)
    {
        var isWhole = choice.TryGetProperty("message", out var content) && content.ValueKind == JsonValueKind.Object;
        var hasContent = isWhole || (choice.TryGetProperty("delta", out content) && content.ValueKind == JsonValueKind.Object);
        choice.TryGetProperty("text", out var text);
        if (isChat)
        {
            WriteDelta(json, hasContent ? content : default, text, isWhole, withRole);
        }
        else
        {
            var said = text.ValueKind == JsonValueKind.String ? text : hasContent && content.TryGetProperty("content", out var inner) ? inner : default;
            json.WriteString("text"u8, said.ValueKind == JsonValueKind.String ? said.GetString() : "");
        }
        Count(usage, isWhole, hasContent ? content : default, text);
    }

    private static void WriteDelta(Utf8JsonWriter json, JsonElement content, JsonElement text, bool isWhole, bool withRole)
    {
        json.WriteStartObject("delta"u8);
        if (withRole)
        {
            ChunkWriter.WriteRole(json);
        }
        if (content.ValueKind == JsonValueKind.Object)
        {
            WriteMembers(json, content, isWhole);
        }
        else if (text.ValueKind == JsonValueKind.String)
        {
            json.WriteString("content"u8, text.GetString());
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

    private static void Count(ContainerUsage usage, bool isWhole, JsonElement content, JsonElement text)
    {
        if (isWhole)
        {
            usage.CountText(Encoding.UTF8.GetByteCount(content.GetRawText()));
        }
        else if (text.ValueKind == JsonValueKind.String ? text.GetRawText().Length > 2 : Says(content))
        {
            usage.CountPiece();
        }
    }

    private static bool Says(JsonElement delta) =>
        delta.ValueKind == JsonValueKind.Object && delta.EnumerateObject().Any(member =>
            !member.NameEquals("role"u8) && member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetRawText().Length > 2,
                JsonValueKind.Array => member.Value.GetArrayLength() > 0,
                _ => false,
            });
}
