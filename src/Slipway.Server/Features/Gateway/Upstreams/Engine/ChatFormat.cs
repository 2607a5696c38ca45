using System.Text.Json;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>Answers of POST /v1/chat/completions.</summary>
internal sealed class ChatFormat(AnswerHead head) : IAnswerFormat
{
    private const string Chunk = "chat.completion.chunk";

    public bool TryWriteOpening(Utf8JsonWriter json, int choice)
    {
        BeginDelta(json, choice);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, ""u8);
        json.WriteNull("refusal"u8);
        EndDelta(json, null, null);
        return true;
    }

    public void WriteChunk(Utf8JsonWriter json, in ChoicePiece piece)
    {
        BeginDelta(json, piece.Choice);
        switch (piece.Kind)
        {
            case ChoicePieceKind.Content:
                json.WriteString("content"u8, piece.Text);
                break;
            case ChoicePieceKind.Reasoning:
                json.WriteString("reasoning_content"u8, piece.Text);
                break;
            case ChoicePieceKind.CallName or ChoicePieceKind.CallArguments:
                WriteCallDelta(json, piece);
                break;
        }

        EndDelta(json, piece.Tokens, piece.Kind == ChoicePieceKind.End ? piece.Text : null);
    }

    public void WriteUsageChunk(Utf8JsonWriter json, TokenUsage usage)
    {
        json.WriteStartObject();
        AnswerJson.WriteHead(json, head, Chunk);
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<GatheredChoice> choices, TokenUsage usage)
    {
        json.WriteStartObject();
        AnswerJson.WriteHead(json, head, "chat.completion");
        json.WriteStartArray("choices"u8);
        for (var i = 0; i < choices.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, i);
            WriteMessage(json, choices[i]);
            ChatLogprobs.Write(json, choices[i].Tokens);
            json.WriteString("finish_reason"u8, choices[i].FinishReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, GatheredChoice choice)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        AnswerJson.WriteText(json, "content"u8, choice is { Content: "", Calls.Count: > 0 } ? null : choice.Content);
        json.WriteNull("refusal"u8);
        if (choice.Reasoning is { Length: > 0 } reasoning)
        {
            json.WriteString("reasoning_content"u8, reasoning);
        }

        if (choice.Calls.Count > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var (name, arguments) in choice.Calls)
            {
                json.WriteStartObject();
                WriteCall(json, name, arguments.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, string name, string arguments)
    {
        json.WriteString("id"u8, AnswerJson.MakeId("call_"));
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, name);
        json.WriteString("arguments"u8, arguments);
        json.WriteEndObject();
    }

    private static void WriteCallDelta(Utf8JsonWriter json, in ChoicePiece piece)
    {
        json.WriteStartArray("tool_calls"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, piece.Call);
        if (piece.Kind == ChoicePieceKind.CallName)
        {
            WriteCall(json, piece.Text, "");
        }
        else
        {
            json.WriteStartObject("function"u8);
            json.WriteString("arguments"u8, piece.Text);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void BeginDelta(Utf8JsonWriter json, int choice)
    {
        json.WriteStartObject();
        AnswerJson.WriteHead(json, head, Chunk);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice);
        json.WriteStartObject("delta"u8);
    }

    private static void EndDelta(Utf8JsonWriter json, IReadOnlyList<TokenReport>? tokens, string? finishReason)
    {
        json.WriteEndObject();
        ChatLogprobs.Write(json, tokens);
        AnswerJson.WriteText(json, "finish_reason"u8, finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
