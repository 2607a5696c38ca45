using System.Buffers;
using System.Text.Json;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>
/// Makes the container's request from the client's. Only <c>model</c>, <c>stream</c> and <c>stream_options</c> are looked at; every
/// other member goes out byte for byte, known or not.
/// </summary>
internal static class SageMakerRequest
{
    private const int Deepest = 1024;

    private static readonly string[] Ours = ["model", "stream", "stream_options"];
    private static readonly string[] OursInOptions = ["include_usage"];

    /// <param name="call">The client's call.</param>
    /// <param name="model">The container's name for the model; null leaves <c>model</c> out.</param>
    /// <param name="askForUsage">Whether a stream is asked for its usage, whatever the client asked for.</param>
    public static ReadOnlyMemory<byte> Write(GatewayCall call, string? model, bool askForUsage)
    {
        var target = new ArrayBufferWriter<byte>(call.Body.Length + 128);
        target.Write("{"u8);
        var options = CopyMembers(call.Body.Span, target, Ours);
        if (model is not null)
        {
            WriteMember(target, "\"model\":"u8);
            target.Write("\""u8);
            target.Write(JsonEncodedText.Encode(model).EncodedUtf8Bytes);
            target.Write("\""u8);
        }
        if (call.Stream)
        {
            WriteMember(target, "\"stream\":true"u8);
        }
        if (call.Stream && askForUsage)
        {
            WriteMember(target, "\"stream_options\":{"u8);
            if (options is { } at)
            {
                CopyMembers(call.Body.Span[at], target, OursInOptions);
            }
            WriteMember(target, "\"include_usage\":true}"u8);
        }
        target.Write("}"u8);
        return target.WrittenMemory;
    }

    /// <summary>Copies an object's members without some; says where the last of these is that is an object itself.</summary>
    private static Range? CopyMembers(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> target, string[] without)
    {
        Range? left = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Deepest });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameAt = (int)reader.TokenStartIndex;
            var isWanted = !Names(ref reader, without);
            reader.Read();
            var valueAt = (int)reader.TokenStartIndex;
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            if (isWanted)
            {
                WriteMember(target, json[nameAt..end]);
            }
            else if (isObject)
            {
                left = valueAt..end;
            }
        }
        return left;
    }

    private static bool Names(ref Utf8JsonReader reader, string[] names)
    {
        foreach (var name in names)
        {
            if (reader.ValueTextEquals(name))
            {
                return true;
            }
        }
        return false;
    }

    private static void WriteMember(ArrayBufferWriter<byte> target, ReadOnlySpan<byte> member)
    {
        if (target.WrittenSpan[^1] != (byte)'{')
        {
            target.Write(","u8);
        }
        target.Write(member);
    }
}
