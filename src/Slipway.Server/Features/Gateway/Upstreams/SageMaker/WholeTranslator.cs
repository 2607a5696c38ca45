using System.Buffers;
using System.Text;
using System.Text.Json;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>
/// Turns a container's whole answer into OpenAI's: its own with the public name, or <c>generated_text</c> and <c>content</c>.
/// </summary>
internal sealed class WholeTranslator(GatewayCall call, TimeProvider clock)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly ContainerUsage _usage = new(call.Body.Length);

    private bool IsChat => call.Operation == GatewayOperation.ChatCompletion;

    private bool IsEmbedding => call.Operation == GatewayOperation.Embedding;

    public TokenUsage Usage => _usage.Current;

    /// <exception cref="UpstreamException">It is an error, or no answer to this kind of call.</exception>
    public ReadOnlyMemory<byte> Translate(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(ContainerText.Repair(answer));
            var root = document.RootElement;
            var json = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 1 ? root[0] : root;
            if (json.ValueKind != JsonValueKind.Object)
            {
                throw SageMakerErrors.Nonsense(call.Model);
            }
            SageMakerErrors.ThrowIfError(json, call.Model);
            Write(json);
            return _bytes.WrittenMemory;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw SageMakerErrors.Nonsense(call.Model, exception);
        }
    }

    private void Write(JsonElement answer)
    {
        using var json = new Utf8JsonWriter(_bytes, ChunkWriter.Plain);
        if (answer.List(IsEmbedding ? "data" : "choices") is { } list)
        {
            WriteOwn(json, answer, list);
        }
        else if (!IsEmbedding && (answer.Text("generated_text") ?? answer.Text("content")) is { } text)
        {
            WriteText(json, answer, text);
        }
        else
        {
            throw SageMakerErrors.Nonsense(call.Model);
        }
    }

    /// <summary>Everything stays but for the name; what OpenAI's clients insist on is added where it is missing.</summary>
    private void WriteOwn(Utf8JsonWriter json, JsonElement answer, JsonElement list)
    {
        var usage = answer.Object("usage");
        if (usage is { } said)
        {
            _usage.Take(said);
        }
        else if (!IsEmbedding)
        {
            _usage.CountText(Encoding.UTF8.GetByteCount(list.GetRawText()));
        }
        json.WriteStartObject();
        WriteOrigin(json, answer);
        foreach (var member in answer.EnumerateObject())
        {
            if (member.NameEquals("choices"u8))
            {
                WriteChoices(json, list);
            }
            else if (!member.NameEquals("model"u8) && !IsOrigin(member) && (usage is not null || !member.NameEquals("usage"u8)))
            {
                member.WriteTo(json);
            }
        }
        if (usage is null)
        {
            _usage.Write(json);
        }
        json.WriteEndObject();
    }

    private void WriteChoices(Utf8JsonWriter json, JsonElement choices)
    {
        json.WriteStartArray("choices"u8);
        var index = 0;
        foreach (var choice in choices.EnumerateArray())
        {
            var reason = ContainerForms.FinishReason(choice) ?? "stop";
            if (reason == ContainerForms.Failed)
            {
                throw SageMakerErrors.BrokeOff(call.Model);
            }
            json.WriteStartObject();
            WriteMissing(json, choice, "logprobs");
            json.WriteNumber("index"u8, choice.Int("index") ?? index);
            ChunkWriter.WriteFinish(json, reason);
            foreach (var member in choice.EnumerateObject())
            {
                if (member.NameEquals("message"u8) && member.Value.ValueKind == JsonValueKind.Object)
                {
                    WriteMessage(json, member.Value);
                }
                else if (!member.NameEquals("index"u8) && !member.NameEquals("finish_reason"u8))
                {
                    member.WriteTo(json);
                }
            }
            json.WriteEndObject();
            index++;
        }
        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, JsonElement message)
    {
        json.WriteStartObject("message"u8);
        ChunkWriter.WriteRole(json);
        WriteMissing(json, message, "content");
        WriteMissing(json, message, "refusal");
        foreach (var member in message.EnumerateObject())
        {
            if (!member.NameEquals("role"u8))
            {
                member.WriteTo(json);
            }
        }
        json.WriteEndObject();
    }

    private static void WriteMissing(Utf8JsonWriter json, JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out _))
        {
            json.WriteNull(name);
        }
    }

    private void WriteText(Utf8JsonWriter json, JsonElement answer, string text)
    {
        _usage.CountText(Encoding.UTF8.GetByteCount(text));
        _usage.TakeDetails(ContainerForms.Details(answer));
        json.WriteStartObject();
        WriteOrigin(json, answer);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, 0);
        if (IsChat)
        {
            json.WriteStartObject("message"u8);
            ChunkWriter.WriteRole(json);
            json.WriteString("content"u8, text);
            json.WriteNull("refusal"u8);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("text"u8, text);
        }
        json.WriteNull("logprobs"u8);
        ChunkWriter.WriteFinish(json, ContainerForms.FinishReason(answer) ?? "stop");
        json.WriteEndObject();
        json.WriteEndArray();
        _usage.Write(json);
        json.WriteEndObject();
    }

    private void WriteOrigin(Utf8JsonWriter json, JsonElement answer)
    {
        json.WriteString("model"u8, call.Model);
        if (IsEmbedding)
        {
            json.WriteString("object"u8, "list"u8);
            return;
        }
        json.WriteString("id"u8, answer.Text("id") is { Length: > 0 } id ? id : (IsChat ? "chatcmpl-" : "cmpl-") + call.RequestId);
        json.WriteString("object"u8, IsChat ? "chat.completion"u8 : "text_completion"u8);
        json.WriteNumber("created"u8, answer.Long("created") ?? clock.GetUtcNow().ToUnixTimeSeconds());
    }

    private bool IsOrigin(JsonProperty member) =>
        member.NameEquals("object"u8) || (!IsEmbedding && (member.NameEquals("id"u8) || member.NameEquals("created"u8)));
}
