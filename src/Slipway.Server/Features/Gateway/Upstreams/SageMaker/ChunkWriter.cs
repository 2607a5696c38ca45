using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Writes chunks of one stream: the same id, time and model in each.</summary>
internal sealed class ChunkWriter : IDisposable
{
    /// <summary>Text stays as the model wrote it, not as \u escapes: it goes into JSON, never into a page.</summary>
    public static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText Assistant = JsonEncodedText.Encode("assistant");

    private readonly GatewayCall _call;
    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 10);
    private readonly Queue<(int Start, int Length, bool IsUsage)> _chunks = new();
    private readonly Utf8JsonWriter _json;
    private int _start;

    public ChunkWriter(GatewayCall call, long created)
    {
        _call = call;
        Created = created;
        Id = (IsChat ? "chatcmpl-" : "cmpl-") + call.RequestId;
        _json = new Utf8JsonWriter(_bytes, Plain);
    }

    public bool IsChat => _call.Operation == GatewayOperation.ChatCompletion;

    /// <summary>The container's own id, where it has one.</summary>
    public string Id { get; set; }

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; set; }

    /// <summary>The chunk written first of those not yet taken; valid until the next one is begun.</summary>
    public bool TryTake(out UpstreamChunk chunk)
    {
        if (_chunks.TryDequeue(out var next))
        {
            chunk = new UpstreamChunk(_bytes.WrittenMemory.Slice(next.Start, next.Length), next.IsUsage);
            return true;
        }
        chunk = default;
        return false;
    }

    /// <summary>Begins a chunk, up to and with <c>"choices": [</c>.</summary>
    public Utf8JsonWriter Begin()
    {
        if (_chunks.Count == 0)
        {
            _bytes.ResetWrittenCount();
        }
        _start = _bytes.WrittenCount;
        _json.Reset(_bytes);
        _json.WriteStartObject();
        _json.WriteString("id"u8, Id);
        _json.WriteString("object"u8, IsChat ? "chat.completion.chunk"u8 : "text_completion"u8);
        _json.WriteNumber("created"u8, Created);
        _json.WriteString("model"u8, _call.Model);
        _json.WriteStartArray("choices"u8);
        return _json;
    }

    /// <summary>Ends a chunk after its choices.</summary>
    /// <param name="others">The container's own chunk: what it has besides is kept.</param>
    /// <param name="usage">For the chunk that holds nothing else.</param>
    public void End(JsonElement? others = null, ContainerUsage? usage = null)
    {
        _json.WriteEndArray();
        if (others is { } chunk)
        {
            foreach (var member in chunk.EnumerateObject())
            {
                if (member.Name is not ("id" or "object" or "created" or "model" or "choices" or "usage"))
                {
                    member.WriteTo(_json);
                }
            }
        }
        usage?.Write(_json);
        _json.WriteEndObject();
        _json.Flush();
        _chunks.Enqueue((_start, _bytes.WrittenCount - _start, usage is not null));
    }

    /// <summary>A chunk with a piece of text, or with nothing but the reason why there is no more.</summary>
    public void WriteText(int index, string? text, bool withRole, string? finishReason)
    {
        var json = Begin();
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        if (IsChat)
        {
            json.WriteStartObject("delta"u8);
            if (withRole)
            {
                json.WriteString("role"u8, Assistant);
            }
            if (text is not null)
            {
                json.WriteString("content"u8, text);
            }
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("text"u8, text ?? "");
        }
        json.WriteNull("logprobs"u8);
        WriteFinish(json, finishReason);
        json.WriteEndObject();
        End();
    }

    public static void WriteFinish(Utf8JsonWriter json, string? reason)
    {
        if (reason is null)
        {
            json.WriteNull("finish_reason"u8);
        }
        else
        {
            json.WriteString("finish_reason"u8, reason);
        }
    }

    public static void WriteRole(Utf8JsonWriter json) => json.WriteString("role"u8, Assistant);

    public void Dispose() => _json.Dispose();
}
