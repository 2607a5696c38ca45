using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Turns a container's whole answer into OpenAI's: its own with the public name, or <c>generated_text</c> and <c>content</c>.</summary>
internal sealed class WholeTranslator(GatewayCall call, TimeProvider clock)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly ContainerUsage _usage = new(call.Body.Length);

    public TokenUsage Usage => _usage.Current;

    /// <exception cref="UpstreamException">It is an error, or no answer to this kind of call.</exception>
    public ReadOnlyMemory<byte> Translate(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(Utf8.IsValid(answer.Span) ? answer : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(answer.Span)));
            var root = document.RootElement;
            var json = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 1 ? root[0] : root;
            if (json.ValueKind != JsonValueKind.Object)
            {
                throw SageMakerErrors.Nonsense(call.Model);
            }
            ThrowIfError(json);
            Write(json);
            return _bytes.WrittenMemory;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw SageMakerErrors.Nonsense(call.Model, exception);
        }
    }

    private void ThrowIfError(JsonElement json)
    {
        if (json.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null)
        {
            var status = json.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : 500;
            throw SageMakerErrors.FromContainer(status, error, call.Model);
        }
        if (TextOf(json, "object") == "error")
        {
            throw SageMakerErrors.FromContainer(StatusCodes.Status500InternalServerError, json, call.Model);
        }
    }

    private void Write(JsonElement answer)
    {
        using var json = new Utf8JsonWriter(
            _bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        if (answer.TryGetProperty(call.Operation == GatewayOperation.Embedding ? "data" : "choices", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            WriteOwn(json, answer, list);
        }
        else if (call.Operation != GatewayOperation.Embedding && (TextOf(answer, "generated_text") ?? TextOf(answer, "content")) is { } text)
        {
            WriteText(json, answer, text);
        }
        else
        {
            throw SageMakerErrors.Nonsense(call.Model);
        }
    }

    /// <summary>Everything stays, but for the name; what OpenAI's clients insist on is added where it is missing.</summary>
    private void WriteOwn(Utf8JsonWriter json, JsonElement answer, JsonElement list)
    {
        json.WriteStartObject();
        WriteOrigin(json, answer);
        foreach (var member in answer.EnumerateObject())
        {
            if (!member.NameEquals("model"u8) && !IsOrigin(member))
            {
                member.WriteTo(json);
            }
        }
        if (answer.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            _usage.Take(usage);
        }
        else if (call.Operation != GatewayOperation.Embedding)
        {
            _usage.CountText(Encoding.UTF8.GetByteCount(list.GetRawText()));
        }
        json.WriteEndObject();
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
        if (call.Operation == GatewayOperation.ChatCompletion)
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
        if (call.Operation == GatewayOperation.Embedding)
        {
            json.WriteString("object"u8, "list"u8);
            return;
        }
        var isChat = call.Operation == GatewayOperation.ChatCompletion;
        json.WriteString("id"u8, TextOf(answer, "id") is { Length: > 0 } id ? id : (isChat ? "chatcmpl-" : "cmpl-") + call.RequestId);
        json.WriteString("object"u8, isChat ? "chat.completion"u8 : "text_completion"u8);
        json.WriteNumber("created"u8,
            answer.TryGetProperty("created", out var created) && created.ValueKind == JsonValueKind.Number && created.TryGetInt64(out var seconds)
                ? seconds
                : clock.GetUtcNow().ToUnixTimeSeconds());
    }

    private bool IsOrigin(JsonProperty member) =>
        member.NameEquals("object"u8) || (call.Operation != GatewayOperation.Embedding && (member.NameEquals("id"u8) || member.NameEquals("created"u8)));

    private static string? TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
